//! Where a static of the executable is, said so that every process of this executable understands it: each has its image
//! at another address, with the same distances inside.

use std::ptr;

/// The distance in bytes from the executable's program headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageOffset(pub u64);

impl ImageOffset {
    /// The offset of an item of the executable itself, not of a library that is loaded into it.
    pub fn of<T>(item: &'static T) -> Self {
        Self((ptr::from_ref(item).addr() as u64).wrapping_sub(program_headers()))
    }

    /// What is there in this process.
    ///
    /// # Safety
    ///
    /// It is the offset of a `T`, and was taken in a process of this executable.
    #[expect(clippy::cast_possible_truncation, reason = "an address of this process")]
    pub unsafe fn get<T>(self) -> &'static T {
        let address = program_headers().wrapping_add(self.0);
        // SAFETY: the image is the same one, so the `T` is here, as a static for good.
        unsafe { &*ptr::with_exposed_provenance(address as usize) }
    }
}

/// The kernel tells every process where it has mapped them.
fn program_headers() -> u64 {
    // SAFETY: reads a value that the kernel left at the start.
    unsafe { libc::getauxval(libc::AT_PHDR) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_static_is_found_again() {
        static HERE: u8 = 7;
        let offset = ImageOffset::of(&HERE);
        // SAFETY: of the same type and process.
        assert!(ptr::eq(unsafe { offset.get::<u8>() }, &raw const HERE));
    }
}
