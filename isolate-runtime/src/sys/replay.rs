//! Runs a function as though it had been called from any place of the program, for whoever asks std where it was called
//! from: on a stack of its own, whose first return address is that place.

use std::arch::naked_asm;
use std::ffi::c_void;
use std::io;
use std::ptr::null_mut;

/// What runs; takes what it is given, and goes on with another [`call_from`](PretendedStack::call_from) or ends the
/// process.
pub(crate) type Entry = unsafe extern "C-unwind" fn(*mut c_void) -> !;

/// A stack on which to pretend.
///
/// The unwinder takes the step beyond the pretended caller too, by what it thinks is the caller's frame. Wherever in there
/// it looks, it finds the address of the same word, which is mapped, and isn't code: there the stack ends.
#[derive(Clone, Copy)]
pub(crate) struct PretendedStack {
    top: *mut usize,
    word: usize,
}

impl PretendedStack {
    /// Maps one, for as long as the process lives. Fails when there is no memory.
    pub fn new() -> io::Result<Self> {
        const WORD: usize = size_of::<usize>();
        const STACK: usize = 8 << 20;
        const FILLED: usize = 256 << 10;
        // Of callers whose frames are longer, the rest reads as zero, which ends a stack as well.
        const REST: usize = 16 << 20;
        // SAFETY: an anonymous mapping at an address of the kernel's choice disturbs nothing.
        let memory = unsafe {
            libc::mmap(
                null_mut(),
                STACK + FILLED + REST,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
                -1,
                0,
            )
        };
        if memory == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: within the mapping, which is aligned to pages.
        let top = unsafe { memory.byte_add(STACK) }.cast::<usize>();
        // SAFETY: the same.
        let word = unsafe { top.add(FILLED / WORD / 2) } as usize;
        for at in 0..FILLED / WORD {
            // SAFETY: the same.
            unsafe { top.add(at).write(word) };
        }
        Ok(Self { top, word })
    }

    /// Leaves the current stack for ever, and runs `entry` as though the call before `address` had called it. A stack may
    /// also be left for itself.
    ///
    /// # Safety
    /// Nothing on the current stack may be needed any more, and `entry` must not return nor unwind.
    pub unsafe fn call_from(self, address: usize, entry: Entry, argument: *mut c_void) -> ! {
        // SAFETY: the top is aligned as calls want it, with room below; the rest is the caller's promise.
        unsafe { jump(argument, self.top, address, self.word, entry) }
    }
}

#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
unsafe extern "C-unwind" fn jump(
    argument: *mut c_void,
    top: *mut usize,
    address: usize,
    word: usize,
    entry: Entry,
) -> ! {
    naked_asm!(
        "mov rsp, rsi",
        "mov rbp, rcx",
        "mov rbx, rcx",
        "mov r12, rcx",
        "mov r13, rcx",
        "mov r14, rcx",
        "mov r15, rcx",
        "push rdx",
        "jmp r8",
    )
}

/// A function without a frame has its return address in x30, which it would find unchanged for ever: so the one before it
/// has its own in x19, and says that its caller's x30 was saved on the stack.
#[cfg(target_arch = "aarch64")]
#[unsafe(naked)]
unsafe extern "C-unwind" fn jump(
    argument: *mut c_void,
    top: *mut usize,
    address: usize,
    word: usize,
    entry: Entry,
) -> ! {
    naked_asm!(
        ".cfi_startproc",
        ".cfi_return_column 19",
        ".cfi_def_cfa sp, 16",
        ".cfi_offset 30, -16",
        "mov sp, x1",
        "mov x19, x2",
        "mov x29, x3",
        "mov x20, x3",
        "mov x21, x3",
        "mov x22, x3",
        "mov x23, x3",
        "mov x24, x3",
        "mov x25, x3",
        "mov x26, x3",
        "mov x27, x3",
        "mov x28, x3",
        "blr x4",
        "brk #0",
        ".cfi_endproc",
    )
}
