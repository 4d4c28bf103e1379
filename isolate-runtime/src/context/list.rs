use std::cell::OnceCell;

/// A list that grows while its elements are borrowed.
pub struct AppendList<T>(OnceCell<Box<Node<T>>>);

struct Node<T> {
    value: T,
    next: AppendList<T>,
}

impl<T> Default for AppendList<T> {
    fn default() -> Self {
        Self(OnceCell::new())
    }
}

impl<T> AppendList<T> {
    /// Appends, and lends what was appended.
    pub fn push(&self, value: T) -> &T {
        let mut end = self;
        while let Some(node) = end.0.get() {
            end = &node.next;
        }
        &end.0
            .get_or_init(|| {
                Box::new(Node {
                    value,
                    next: Self::default(),
                })
            })
            .value
    }

    /// The oldest element of which this holds, or else where one more is pushed without another look at all of them.
    pub fn find(&self, is: impl Fn(&T) -> bool) -> Result<&T, &Self> {
        let mut end = self;
        while let Some(node) = end.0.get() {
            let Node { value, next } = &**node;
            if is(value) {
                return Ok(value);
            }
            end = next;
        }
        Err(end)
    }

    /// The elements, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        let mut rest = self;
        std::iter::from_fn(move || {
            let node = rest.0.get()?;
            rest = &node.next;
            Some(&node.value)
        })
    }

    /// The elements, newest first, by value.
    pub fn into_newest_first(mut self) -> impl Iterator<Item = T> {
        let mut reversed = Self::default();
        while let Some(mut node) = self.0.take() {
            self = std::mem::replace(&mut node.next, reversed);
            reversed = Self(OnceCell::from(node));
        }
        std::iter::from_fn(move || {
            let node = reversed.0.take()?;
            reversed = node.next;
            Some(node.value)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_pushed_and_gives_it_back_newest_first() {
        let list = AppendList::default();
        let Err(end) = list.find(|_| true) else {
            panic!("it is empty");
        };
        // What is built first may push others, which then come before it.
        list.push(1);
        let two = end.push(2);
        assert_eq!(list.find(|&number| number > 0).ok(), Some(&1));
        assert_eq!(list.find(|&number| number > 1).ok(), Some(two));
        assert!(list.find(|&number| number > 2).is_err());
        assert_eq!(list.iter().copied().collect::<Vec<_>>(), [1, 2]);
        assert_eq!(list.into_newest_first().collect::<Vec<_>>(), [2, 1]);
    }
}
