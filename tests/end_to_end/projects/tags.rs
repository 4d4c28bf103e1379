//! Tests with tags.

#[cfg(test)]
mod tests {
    use isolate::prelude::*;

    #[test]
    fn plain() {}

    #[isolated]
    fn has_none() {
        println!("has_none runs");
    }

    #[isolated(tags("slow"))]
    mod slow {
        use super::*;

        #[test]
        fn one() {
            println!("slow::one runs");
        }

        #[isolated(tags("ui"), group = "screen")]
        fn window() -> Result<()> {
            println!("slow::window runs");
            Ok(())
        }
    }

    #[isolated(tags("ui"))]
    #[case(1)]
    #[case(2)]
    fn cases(#[case] number: u8) {
        println!("cases {number} runs");
    }

    #[isolated(tags("slow"))]
    #[should_panic]
    fn panics() {
        panic!("panics runs");
    }

    #[isolated(tags("slow"))]
    #[should_panic(expected = "runs")]
    fn panics_with_a_text() {
        panic!("panics_with_a_text runs");
    }

    #[isolated(tags("ui"), main_thread)]
    fn on_the_main_thread() {
        println!("on_the_main_thread runs");
    }
}
