//! The arena of a JIT program: reserved once, so that code and data reach each other; and how relocations are applied.

use cranelift_codegen::binemit::Reloc;

use crate::{Error, Result};

/// A private mapping, unmapped when dropped.
pub(super) struct Arena {
    pub base: usize,
    pub len: usize,
}

impl Arena {
    /// Zeroed pages that cost memory only when touched.
    pub fn new(len: usize, executable: bool) -> Result<Arena> {
        let exec = if executable { libc::PROT_EXEC } else { 0 };
        // SAFETY: a fresh anonymous mapping at an address of the system's choice touches no memory in use.
        let base = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                len,
                libc::PROT_READ | libc::PROT_WRITE | exec,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
                -1,
                0,
            )
        };
        if base == libc::MAP_FAILED {
            let error = std::io::Error::last_os_error();
            return Err(Error::new(format!("cannot reserve {} MiB for compiled code: {error}", len >> 20)));
        }
        Ok(Arena { base: base as usize, len })
    }

    /// Makes a range of whole pages executable and read-only.
    pub fn seal(&self, start: usize, end: usize) -> Result<()> {
        // SAFETY: the range lies in this mapping, and nothing writes to it any more.
        let failed =
            unsafe { libc::mprotect(start as *mut _, end - start, libc::PROT_READ | libc::PROT_EXEC) };
        match failed {
            0 => Ok(()),
            _ => Err(Error::new(format!("cannot make code executable: {}", std::io::Error::last_os_error()))),
        }
    }

    /// Copies bytes to an address of the arena.
    pub fn write(&self, address: usize, bytes: &[u8]) {
        let end = address.checked_add(bytes.len());
        assert!(
            address >= self.base && end.is_some_and(|e| e <= self.base + self.len),
            "address in the arena"
        );
        // SAFETY: the range lies in the mapping (checked), which is writable and disjoint from `bytes`.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), address as *mut u8, bytes.len()) }
    }

    pub fn write_word(&self, address: usize, word: usize) {
        self.write(address, &word.to_ne_bytes());
    }

    pub fn read_u32(&self, address: usize) -> u32 {
        assert!(address >= self.base && address + 4 <= self.base + self.len, "address in the arena");
        // SAFETY: the range lies in the mapping (checked), which is readable.
        unsafe { std::ptr::read_unaligned(address as *const u32) }
    }

    /// Resolves a relocation at `at` to `target`.
    pub fn relocate(&self, at: usize, kind: Reloc, target: usize, addend: i64) -> Result<()> {
        let value = (target as i64).wrapping_add(addend);
        let delta = value.wrapping_sub(at as i64);
        let far = || Error::new(format!("code and data lie too far apart ({kind:?} over {delta:#x} bytes)"));
        match kind {
            Reloc::Abs8 => self.write(at, &value.to_le_bytes()),
            Reloc::X86PCRel4 | Reloc::X86CallPCRel4 | Reloc::X86CallPLTRel4 => {
                let delta = i32::try_from(delta).map_err(|_| far())?;
                self.write(at, &delta.to_le_bytes());
            }
            Reloc::Arm64Call => {
                if !(-(1 << 27)..1 << 27).contains(&delta) {
                    return Err(far());
                }
                let word = self.read_u32(at) & 0xfc00_0000 | (delta >> 2) as u32 & 0x03ff_ffff;
                self.write(at, &word.to_le_bytes());
            }
            Reloc::Aarch64AdrPrelPgHi21 => {
                let pages = (value >> 12).wrapping_sub(at as i64 >> 12);
                if !(-(1 << 20)..1 << 20).contains(&pages) {
                    return Err(far());
                }
                let imm = pages as u32;
                let word = self.read_u32(at) & 0x9f00_001f | (imm & 3) << 29 | (imm >> 2 & 0x7_ffff) << 5;
                self.write(at, &word.to_le_bytes());
            }
            Reloc::Aarch64AddAbsLo12Nc => {
                let word = self.read_u32(at) & 0xffc0_03ff | (value as u32 & 0xfff) << 10;
                self.write(at, &word.to_le_bytes());
            }
            other => return Err(Error::new(format!("clif: relocation {other:?} is not known to the JIT"))),
        }
        Ok(())
    }

    /// Makes new code visible to instruction fetch.
    pub fn flush(&self, start: usize, len: usize) {
        #[cfg(target_arch = "aarch64")]
        {
            let end = start + len;
            for line in (start & !63..end).step_by(64) {
                // SAFETY: cache maintenance of mapped addresses changes no memory.
                unsafe { std::arch::asm!("dc cvau, {0}", in(reg) line, options(nostack, preserves_flags)) }
            }
            // SAFETY: a barrier.
            unsafe { std::arch::asm!("dsb ish", options(nostack, preserves_flags)) }
            for line in (start & !63..end).step_by(64) {
                // SAFETY: as above.
                unsafe { std::arch::asm!("ic ivau, {0}", in(reg) line, options(nostack, preserves_flags)) }
            }
            // SAFETY: barriers.
            unsafe { std::arch::asm!("dsb ish", "isb", options(nostack, preserves_flags)) }
        }
        #[cfg(not(target_arch = "aarch64"))]
        {
            // x86-64 keeps instruction fetch coherent.
            let _ = (start, len);
        }
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours; who drops a program no longer runs its code.
        unsafe { libc::munmap(self.base as *mut _, self.len) };
    }
}
