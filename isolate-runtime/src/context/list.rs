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

    /// The elements, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        let mut rest = self;
        std::iter::from_fn(move || {
            let node = rest.0.get()?;
            rest = &node.next;
            Some(&node.value)
        })
    }

    /// The elements, oldest first, by value.
    pub fn into_vec(self) -> Vec<T> {
        let mut values = Vec::new();
        let mut rest = self.0.into_inner();
        while let Some(node) = rest {
            values.push(node.value);
            rest = node.next.0.into_inner();
        }
        values
    }
}
