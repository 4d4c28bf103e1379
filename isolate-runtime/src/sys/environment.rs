//! The process's environment, replaced as a whole.

use std::ffi::{CStr, CString, OsStr, OsString, c_char};
use std::os::unix::ffi::OsStringExt;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Mutex, PoisonError};

/// A variable's name and value.
pub type Variable = (OsString, OsString);

/// Makes these the variables of this process, at once: whoever reads meanwhile, through std or C's `getenv`, sees all
/// old ones or all new ones.
///
/// That is what `setenv` can't promise: it moves the list under those who read it. Here the list is a new one, and
/// neither it nor the texts are ever changed or freed. (Texts that were there before are taken again, so what stays
/// behind is a pointer for each variable.)
pub fn replace(variables: &[Variable]) {
    unsafe extern "C" {
        static mut environ: *mut *mut c_char;
    }
    let mut list = Vec::with_capacity(variables.len() + 1);
    for (name, value) in variables {
        list.push(for_ever(name, value).as_ptr().cast_mut());
    }
    list.push(ptr::null_mut());
    let list = list.leak().as_mut_ptr();
    // SAFETY: an aligned pointer that lives as long as the process. POSIX has programs assign to it; C's own functions
    // take what they find, and copy a list that isn't theirs before they change it.
    unsafe { AtomicPtr::from_ptr(&raw mut environ) }.store(list, Ordering::Release);
}

/// `NAME=value`, the same text each time.
fn for_ever(name: &OsStr, value: &OsStr) -> &'static CStr {
    /// In order.
    static TEXTS: Mutex<Vec<&'static CStr>> = Mutex::new(Vec::new());
    let mut text = name.to_owned();
    text.push("=");
    text.push(value);
    let text = CString::new(text.into_vec()).expect("checked by the caller");
    let mut texts = TEXTS.lock().unwrap_or_else(PoisonError::into_inner);
    match texts.binary_search(&text.as_c_str()) {
        Ok(place) => texts[place],
        Err(place) => {
            let text = Box::leak(text.into_boxed_c_str());
            texts.insert(place, text);
            text
        }
    }
}

/// Sets the mask of permissions that new files don't get; returns the one before.
pub fn set_umask(mask: u32) -> u32 {
    // SAFETY: no preconditions.
    unsafe { libc::umask(mask & 0o777) }
}

/// Goes back to a directory that was open.
pub fn change_directory(to: std::os::fd::BorrowedFd<'_>) -> std::io::Result<()> {
    use std::os::fd::AsRawFd;
    // SAFETY: a live descriptor.
    super::descriptor::check(unsafe { libc::fchdir(to.as_raw_fd()) }).map(drop)
}
