//! The same calls from plain tests, from tests in workers, and from tests with processes of their own.

/// Counted: its symbol is its name, so that it is found in a profile.
#[unsafe(no_mangle)]
pub fn isolate_coverage_subject(numbers: &[u32]) -> u32 {
    let mut sum = 0;
    for &number in numbers {
        if number % 2 == 0 {
            sum += number;
        } else {
            sum -= sum.min(number);
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::isolate_coverage_subject as subject;

    fn one() {
        assert_eq!(subject(&[1, 2, 3, 4]), 4);
    }

    fn two() {
        assert_eq!(subject(&[2, 2, 2]), 6);
    }

    fn three() {
        std::thread::spawn(|| subject(&[1; 10])).join().unwrap();
    }

    fn four() {
        assert_eq!(subject(&[7, 8]), 0, "it fails, and counts all the same");
    }

    mod plain {
        #[test]
        fn t1() {
            super::one();
        }

        #[test]
        fn t2() {
            super::two();
        }

        #[test]
        fn t3() {
            super::three();
        }

        #[test]
        fn t4() {
            super::four();
        }
    }

    #[isolate::isolated]
    mod workers {
        #[test]
        fn t1() {
            super::one();
        }

        #[test]
        fn t2() {
            super::two();
        }

        #[test]
        fn t3() {
            super::three();
        }

        #[test]
        fn t4() {
            super::four();
        }
    }

    #[isolate::isolated(process)]
    mod processes {
        #[test]
        fn t1() {
            super::one();
        }

        #[test]
        fn t2() {
            super::two();
        }

        #[test]
        fn t3() {
            super::three();
        }

        #[test]
        fn t4() {
            super::four();
        }
    }
}
