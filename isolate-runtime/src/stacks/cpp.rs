//! C++ names, by the process's own libstdc++ when there is one.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::ptr::null_mut;

type Demangle = unsafe extern "C" fn(*const c_char, *mut c_char, *mut usize, *mut c_int) -> *mut c_char;

/// `None` for what isn't C++, and in processes without its runtime library.
pub(super) fn demangle(symbol: &str) -> Option<String> {
    if !symbol.starts_with("_Z") {
        return None;
    }
    let symbol = CString::new(symbol).ok()?;
    // SAFETY: the name is a C string.
    let function = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"__cxa_demangle".as_ptr()) };
    if function.is_null() {
        return None;
    }
    // SAFETY: the C++ ABI gives the function of this name this signature.
    let function = unsafe { std::mem::transmute::<*mut c_void, Demangle>(function) };
    // SAFETY: takes a C string and, with no buffer given, returns null or one from `malloc`.
    let name = unsafe { function(symbol.as_ptr(), null_mut(), null_mut(), null_mut()) };
    if name.is_null() {
        return None;
    }
    // SAFETY: not null, hence a C string.
    let text = unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned();
    // SAFETY: from `malloc`, and copied.
    unsafe { libc::free(name.cast()) };
    Some(text)
}
