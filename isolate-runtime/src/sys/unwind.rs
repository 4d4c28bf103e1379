//! The calling thread's stack, by the unwinder that std links for its own panics. Nothing here allocates.

use std::ffi::{c_int, c_void};

/// Writes the return addresses of the calling thread, innermost first, and returns their number.
#[inline(never)]
pub(crate) fn backtrace(into: &mut [usize]) -> usize {
    let mut len = 0;
    walk(|frame| {
        let Some(slot) = into.get_mut(len) else { return false };
        *slot = frame.address();
        len += 1;
        true
    });
    len
}

/// Which frames would catch a panic that is raised here.
pub(crate) struct Catching {
    /// How many `catch_unwind`s (and `catch`es of C++) there are on the stack.
    pub count: usize,
    /// How many addresses were written, from the innermost of them outwards.
    pub len: usize,
}

/// Finds what would catch a panic raised here, and writes the stack from there outwards.
#[inline(never)]
pub(crate) fn catching(into: &mut [usize]) -> Catching {
    let mut catching = Catching { count: 0, len: 0 };
    walk(|frame| {
        catching.count += usize::from(frame.catches());
        if let Some(slot) = into.get_mut(catching.len).filter(|_| catching.count > 0) {
            *slot = frame.address();
            catching.len += 1;
        }
        true
    });
    catching
}

/// Calls `visit` with each frame, innermost first, until it returns `false`.
pub(super) fn walk<F: FnMut(&Frame) -> bool>(mut visit: F) {
    extern "C" fn step<F: FnMut(&Frame) -> bool>(context: *mut c_void, visit: *mut c_void) -> c_int {
        const NO_REASON: c_int = 0;
        const END_OF_STACK: c_int = 5;
        // SAFETY: `visit` is the one below, which outlives the call and is used by nobody else meanwhile.
        let visit = unsafe { &mut *visit.cast::<F>() };
        let frame = Frame(context);
        if frame.address() != 0 && visit(&frame) {
            NO_REASON
        } else {
            END_OF_STACK
        }
    }
    // SAFETY: the callback fits the declaration and gets the `visit` that it expects.
    unsafe { _Unwind_Backtrace(step::<F>, (&raw mut visit).cast()) };
}

/// A frame during a [`walk`].
pub(super) struct Frame(*mut c_void);

impl Frame {
    /// The return address, or that of the interrupted instruction.
    pub fn address(&self) -> usize {
        // SAFETY: the context comes from the unwinder and is used during its callback only.
        unsafe { _Unwind_GetIP(self.0) }
    }

    /// Whether the frame's call lies in a `catch`, as the first phase of unwinding finds out: by the tables that GCC's
    /// `unwind-dw2` and LLVM write, described in LLVM's "Exception Handling Tables".
    fn catches(&self) -> bool {
        // SAFETY: as above; the tables are null or complete, and stay mapped while their code runs.
        let (tables, start) = unsafe { (_Unwind_GetLanguageSpecificData(self.0), _Unwind_GetRegionStart(self.0)) };
        if tables.is_null() {
            return false;
        }
        let call = self.address().wrapping_sub(1).wrapping_sub(start);
        // SAFETY: see above.
        unsafe { in_catch(Tables(tables.cast()), call) }.unwrap_or(false)
    }
}

/// Whether the call at this offset from its function's start lies in a `catch`. `None` for unusual encodings.
///
/// # Safety
/// The tables must be those that a compiler wrote.
unsafe fn in_catch(mut tables: Tables, call: usize) -> Option<bool> {
    const OMITTED: u8 = 0xff;
    // SAFETY: the order of the fields is that of the format.
    unsafe {
        if tables.byte() != OMITTED {
            return None;
        }
        if tables.byte() != OMITTED {
            tables.unsigned();
        }
        let encoding = tables.byte();
        let len = tables.unsigned();
        let actions = tables.0.add(len);
        while tables.0 < actions {
            let (start, len, pad) = (
                tables.encoded(encoding)?,
                tables.encoded(encoding)?,
                tables.encoded(encoding)?,
            );
            let action = tables.unsigned();
            if call < start {
                return Some(false);
            }
            if call < start + len {
                // Without an action the pad only cleans up; a negative filter aborts.
                return Some(pad != 0 && action != 0 && Tables(actions.add(action - 1)).signed() > 0);
            }
        }
    }
    Some(false)
}

struct Tables(*const u8);

impl Tables {
    unsafe fn byte(&mut self) -> u8 {
        // SAFETY: the caller reads what the format has here.
        unsafe {
            let byte = *self.0;
            self.0 = self.0.add(1);
            byte
        }
    }

    unsafe fn leb(&mut self) -> (usize, u32, u8) {
        let (mut value, mut shift) = (0, 0);
        loop {
            // SAFETY: as in `byte`; numbers end in a byte without the high bit.
            let byte = unsafe { self.byte() };
            if shift < usize::BITS {
                value |= usize::from(byte & 0x7f) << shift;
            }
            shift += 7;
            if byte & 0x80 == 0 {
                return (value, shift, byte);
            }
        }
    }

    unsafe fn unsigned(&mut self) -> usize {
        // SAFETY: the caller's.
        unsafe { self.leb() }.0
    }

    unsafe fn signed(&mut self) -> isize {
        // SAFETY: the caller's.
        let (value, shift, last) = unsafe { self.leb() };
        let negative = last & 0x40 != 0 && shift < usize::BITS;
        (if negative { value | usize::MAX << shift } else { value }).cast_signed()
    }

    unsafe fn encoded(&mut self, encoding: u8) -> Option<usize> {
        // SAFETY: the caller's.
        unsafe {
            match encoding {
                0x01 => Some(self.unsigned()),
                // Four bytes, unsigned or signed, relative to the function's start: never negative.
                0x03 | 0x0b => {
                    let bytes = [self.byte(), self.byte(), self.byte(), self.byte()];
                    Some(u32::from_ne_bytes(bytes) as usize)
                }
                _ => None,
            }
        }
    }
}

unsafe extern "C" {
    fn _Unwind_Backtrace(step: extern "C" fn(*mut c_void, *mut c_void) -> c_int, argument: *mut c_void) -> c_int;
    fn _Unwind_GetIP(context: *mut c_void) -> usize;
    fn _Unwind_GetLanguageSpecificData(context: *mut c_void) -> *mut c_void;
    fn _Unwind_GetRegionStart(context: *mut c_void) -> usize;
}
