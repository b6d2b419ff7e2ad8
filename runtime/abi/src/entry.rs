//! The one list of runtime entry points, expanded by the compiler (signatures, effects) and by the runtime (symbol table).
//!
//! All take and return `i64`, `ptr` or `f64` only (smaller integers are extended by the caller, booleans are 0 or 1), in
//! the C calling convention, at most two results. A function called `x` is the symbol `escargo_x`.
//!
//! Flags: `A` may allocate and so collect; `P` may panic; `Y` may switch goroutines; `N` never returns;
//! `S` has an allocation site: its first parameter is the address of a `types::TEMP_BUFFER`-byte stack buffer that may
//! hold the result, or null for the heap. Parameter effects, one letter a parameter: `-` neither kept nor returned;
//! `k` kept beyond the call (escapes); `c` what it points to is kept (contents escape); `r` flows to result 0;
//! `t` contents flow to the object that result 0 points to.

/// Calls `$m! { ... }` with the whole list.
#[macro_export]
macro_rules! runtime_functions {
    ($m:ident) => {
        $m! {
            // ---- allocation and memory
            /// A zeroed object of a class whose cursor is exhausted.
            alloc_slow(i64) -> (ptr), "A", "-";
            /// A zeroed object of a layout (`types::Type` prefix) without a class.
            alloc_layout(ptr) -> (ptr), "A", "-";
            /// A zeroed array: element layout, count (>= 0, checked before).
            alloc_array(ptr, i64) -> (ptr), "A", "--";
            /// makeslice checks: element layout, len, cap; panics "makeslice: len out of range" / "cap out of range"; the zeroed array.
            make_slice(ptr, i64, i64) -> (ptr), "AP", "---";
            /// Only the checks of make_slice: element size, len, cap.
            make_slice_check(i64, i64, i64) -> (), "P", "---";
            /// Typed move of overlapping memory with bulk write barrier: layout, destination, source, element count.
            typed_move(ptr, ptr, ptr, i64) -> (), "", "--c-";
            /// Zeroes with bulk barrier: layout, address, element count.
            typed_clear(ptr, ptr, i64) -> (), "", "---";
            /// Barrier slow path (called by the stub): slot address, new pointer.
            write_barrier(ptr, ptr) -> (), "", "-k";
            /// memmove without pointers: destination, source, bytes.
            memmove(ptr, ptr, i64) -> (), "", "---";
            /// memclr without pointers: address, bytes.
            memclr(ptr, i64) -> (), "", "--";
            /// Bytes equal: 1 or 0.
            memequal(ptr, ptr, i64) -> (i64), "", "---";
            /// growslice: element layout, old array, new length, old capacity, number of elements added -> (array, capacity).
            /// The old elements have been copied; panics "growslice: len out of range".
            grow_slice(ptr, ptr, i64, i64, i64) -> (ptr, i64), "AP", "-t---";
            // ---- strings
            /// buffer, s1, l1, s2, l2 -> string. Returns an operand unchanged if the other is empty.
            string_concat2(ptr, ptr, i64, ptr, i64) -> (ptr, i64), "AS", "-r-r-";
            /// buffer, address of an array of strings, count -> string.
            string_concat(ptr, ptr, i64) -> (ptr, i64), "AS", "-t-";
            /// -1, 0 or 1.
            string_compare(ptr, i64, ptr, i64) -> (i64), "", "----";
            /// buffer, data, length -> string holding a copy.
            string_from_bytes(ptr, ptr, i64) -> (ptr, i64), "AS", "---";
            /// buffer, string -> (data, capacity).
            bytes_from_string(ptr, ptr, i64) -> (ptr, i64), "AS", "---";
            /// buffer, data, number of runes -> string.
            string_from_runes(ptr, ptr, i64) -> (ptr, i64), "AS", "---";
            /// buffer, string -> (data, number of runes); capacity equals length.
            runes_from_string(ptr, ptr, i64) -> (ptr, i64), "AS", "---";
            /// buffer, rune -> string.
            string_from_rune(ptr, i64) -> (ptr, i64), "AS", "--";
            /// string, index < length -> (rune, index of the next). Invalid UTF-8: U+FFFD, width 1.
            decode_rune(ptr, i64, i64) -> (i64, i64), "", "---";
            /// string -> number of runes.
            count_runes(ptr, i64) -> (i64), "", "--";
            // ---- maps (first parameter: map type descriptor)
            /// type, hint -> map.
            map_make(ptr, i64) -> (ptr), "AP", "--";
            /// zeroed memory (`types::MAP_SIZE`), type, hint -> the map there.
            map_make_at(ptr, ptr, i64) -> (ptr), "AP", "r--";
            /// type, map, key address -> address of the element or of zeroes; never null.
            map_get(ptr, ptr, ptr) -> (ptr), "P", "-r-";
            /// type, map, key address -> (element address or zeroes, found).
            map_get_ok(ptr, ptr, ptr) -> (ptr, i64), "P", "-r-";
            /// type, map, key address -> address of the (perhaps new) element. Panics on a nil map.
            map_assign(ptr, ptr, ptr) -> (ptr), "AP", "-rc";
            map_delete(ptr, ptr, ptr) -> (), "P", "---";
            /// The same for integer keys of 4 and 8 bytes (value passed) and strings.
            map_get_32(ptr, ptr, i64) -> (ptr, i64), "P", "-r-";
            map_get_64(ptr, ptr, i64) -> (ptr, i64), "P", "-r-";
            map_get_str(ptr, ptr, ptr, i64) -> (ptr, i64), "P", "-r--";
            map_assign_32(ptr, ptr, i64) -> (ptr), "AP", "-r-";
            map_assign_64(ptr, ptr, i64) -> (ptr), "AP", "-r-";
            map_assign_str(ptr, ptr, ptr, i64) -> (ptr), "AP", "-rk-";
            map_clear(ptr, ptr) -> (), "P", "--";
            /// type, map, iterator address (zeroed, types::MAP_ITER_SIZE): starts and moves to the first entry.
            map_iter_init(ptr, ptr, ptr) -> (), "", "-k-";
            map_iter_next(ptr) -> (), "", "-";
            /// maps.Clone: type, map -> map.
            map_clone(ptr, ptr) -> (ptr), "A", "-t";
            // ---- channels and goroutines
            /// channel type, capacity. Panics "makechan: size out of range".
            chan_make(ptr, i64) -> (ptr), "AP", "--";
            /// channel, element address.
            chan_send(ptr, ptr) -> (), "APY", "kc";
            /// channel, address for the element or null -> ok.
            chan_recv(ptr, ptr) -> (i64), "APY", "k-";
            chan_close(ptr) -> (), "PY", "-";
            /// select: cases (sends first), sends, receives, block -> (chosen index or -1, received ok).
            select(ptr, i64, i64, i64) -> (i64, i64), "APY", "c---";
            /// Starts a goroutine running a closure without parameters.
            go_start(ptr) -> (), "A", "k";
            gosched() -> (), "Y", "";
            goexit() -> (), "YN", "";
            num_goroutine() -> (i64), "", "";
            goroutine_id() -> (i64), "", "";
            // ---- C
            /// The package initialisers of a library have run: wakes the C code that waits for it.
            library_ready() -> (), "YN", "";
            /// Closure object {code, frame, ...} of an exported function that has stored its results: wakes the C code that called it.
            export_return(ptr) -> (), "", "-";
            /// malloc, free.
            c_alloc(i64) -> (ptr), "", "-";
            c_free(ptr) -> (), "", "-";
            // ---- defer, panic, recover
            /// Links the guard at the start of the frame and returns null. Returns once more, with the frame, when a panic was recovered
            /// here: no value made before or after the first return may be used then, but what is in the frame.
            guard_enter(ptr) -> (ptr), "", "-";
            /// Runs the frame's deferred calls that are left and unlinks the guard.
            guard_run(ptr) -> (), "APY", "-";
            /// Unlinks the guard of a frame without deferred calls.
            guard_leave(ptr) -> (), "", "-";
            /// Links a deferred call: guard, the head of its list so far, record, closure.
            defer_push(ptr, ptr, ptr, ptr) -> (), "", "----";
            /// type, data of the panic's value.
            panic(ptr, ptr) -> (), "APYN", "kk";
            /// Frame pointer of the function that calls recover -> interface (type, data); (0, 0) if not panicking or not called directly.
            recover(ptr) -> (ptr, ptr), "A", "-";
            panic_index(i64, i64) -> (), "PN", "--";
            /// Unsigned index flavour: the index is printed unsigned.
            panic_index_u(i64, i64) -> (), "PN", "--";
            /// kind: `errors::SLICE_*` - `errors::SLICE_LEN` (0: s[?:x] and a length, 1: and a capacity, 2: s[x:y] ...), perhaps with
            /// `errors::UNSIGNED`; x, y.
            panic_slice(i64, i64, i64) -> (), "PN", "---";
            /// Conversion of a slice (length x) to an array of y elements.
            panic_slice_convert(i64, i64) -> (), "PN", "--";
            panic_divide() -> (), "PN", "";
            panic_shift() -> (), "PN", "";
            panic_nil() -> (), "PN", "";
            /// A nil pointer used through a method wrapper: package, type, method as static strings: address, length of "pkg.T.m".
            panic_wrap(ptr, i64) -> (), "PN", "--";
            /// Unhashable or uncomparable type descriptor; unreachable code reached.
            panic_unreachable() -> (), "PN", "";
            /// The stack pointer is below the context's stack limit: the stack is used up, or the runtime wants the goroutine to
            /// stop or to let others run. Bytes that the caller's frame still needs.
            poll(i64) -> (), "PY", "-";
            // ---- interfaces
            /// Equal dynamic values of one type: type, data, data. Panics on uncomparable types.
            iface_equal(ptr, ptr, ptr) -> (i64), "P", "---";
            /// Values of one type at two addresses: type, p, q.
            value_equal(ptr, ptr, ptr) -> (i64), "P", "---";
            /// Interface type, dynamic type (may be null) -> itab; panics with a *runtime.TypeAssertionError.
            assert_iface(ptr, ptr) -> (ptr), "AP", "--";
            /// The same, null if the type does not implement the interface.
            assert_iface_ok(ptr, ptr) -> (ptr), "A", "--";
            /// Failed x.(T): dynamic type or null, wanted type, interface type of x.
            panic_assert(ptr, ptr, ptr) -> (), "APN", "---";
            // ---- print
            print_lock() -> (), "", "";
            print_unlock() -> (), "", "";
            print_bool(i64) -> (), "", "-";
            print_int(i64) -> (), "", "-";
            print_uint(i64) -> (), "", "-";
            print_hex(i64) -> (), "", "-";
            print_float(f64) -> (), "", "-";
            print_complex(f64, f64) -> (), "", "--";
            /// Values of 32-bit parts, whose shortest forms are shorter.
            print_float32(f64) -> (), "", "-";
            print_complex64(f64, f64) -> (), "", "--";
            print_string(ptr, i64) -> (), "", "--";
            print_pointer(ptr) -> (), "", "-";
            print_slice(ptr, i64, i64) -> (), "", "---";
            print_iface(ptr, ptr) -> (), "", "--";
            print_space() -> (), "", "";
            print_newline() -> (), "", "";
            // ---- package runtime and friends (linknamed from the bundled library)
            gc() -> (), "AY", "";
            /// Fills a runtime.MemStats-like array of u64: see rt/stats.
            mem_stats(ptr) -> (), "Y", "-";
            keep_alive(ptr) -> (), "", "-";
            /// skip, address of {pc, file ptr, file len, line, func ptr, func len} -> ok. skip 0 is the caller of the Go function that calls this.
            caller(i64, ptr) -> (i64), "A", "--";
            /// skip, address of program counters, count -> number written.
            callers(i64, ptr, i64) -> (i64), "", "---";
            /// program counter, address as for `caller` -> ok.
            func_for_pc(i64, ptr) -> (i64), "A", "--";
            /// Prints all goroutines' traces into memory: address, capacity, all -> length.
            stack_trace(ptr, i64, i64) -> (i64), "Y", "---";
            /// Starts sampling stacks, so many times a second of processor time.
            profile_start(i64) -> (), "", "-";
            profile_stop() -> (), "", "";
            /// The next sample into memory: address, words -> words written: their number, then program counters; 0: no more.
            profile_read(ptr, i64) -> (i64), "", "--";
            /// Starts the profile of allocations, at the rate in a variable.
            profile_memory(ptr) -> (), "", "k";
            /// Kind of event (1 blocking, 2 mutexes), rate or -1 -> the previous rate.
            profile_rate(i64, i64) -> (i64), "", "--";
            /// Kind of event (0 allocations, 3 threads), memory for records: address, words -> words wanted.
            profile_events(i64, ptr, i64) -> (i64), "", "---";
            /// Samples of all goroutines' stacks into memory: address, words -> words written, 0 if there is too little room.
            profile_stacks(ptr, i64) -> (i64), "Y", "--";
            set_finalizer(ptr, ptr, ptr, ptr) -> (), "AP", "-k-k";
            set_gc_percent(i64) -> (i64), "", "-";
            /// Most bytes of a stack -> the previous number.
            set_max_stack(i64) -> (i64), "Y", "-";
            set_memory_limit(i64) -> (i64), "", "-";
            gomaxprocs(i64) -> (i64), "Y", "-";
            num_cpu() -> (i64), "", "";
            lock_os_thread() -> (), "", "";
            unlock_os_thread() -> (), "", "";
            /// Whether a fault of the calling goroutine at any address is a panic; the previous setting.
            set_panic_on_fault(i64) -> (i64), "", "-";
            /// Where else the last words of a program that fails go, -1: nowhere; the previous setting.
            set_crash_output(i64) -> (i64), "", "-";
            /// How much a program that fails tells: a level's name.
            set_traceback(ptr, i64) -> (), "", "--";
            /// Package os/signal: what is done with a signal (0 default, 1 a byte to the pipe, 2 nothing); whether it is ignored; the pipe.
            signal_action(i64, i64) -> (), "", "--";
            signal_ignored(i64) -> (i64), "", "-";
            signal_pipe() -> (i64), "", "";
            fatal(ptr, i64) -> (), "N", "--";
            /// Semaphores of package sync: address of a uint32; whether others waited for a lock.
            sem_acquire(ptr) -> (), "Y", "-";
            sem_release(ptr, i64) -> (), "Y", "--";
            /// Condition variables, two 32-bit words at an address: a ticket, and waiting until it is called.
            notify_add(ptr) -> (i64), "", "-";
            notify_wait(ptr, i64) -> (), "Y", "--";
            notify_one(ptr) -> (), "", "-";
            notify_all(ptr) -> (), "", "-";
            /// Clears the sync.Pools at the next collection: address of a pool's list head slot.
            register_pool(ptr) -> (), "", "k";
            fastrand() -> (i64), "", "";
            // ---- time
            /// Nanoseconds of a monotonic clock.
            nanotime() -> (i64), "", "";
            /// (seconds, nanoseconds) of the wall clock.
            walltime() -> (i64, i64), "", "";
            sleep(i64) -> (), "Y", "-";
            /// Timers: at (nanotime), closure without parameters -> id; and stop: id -> was active.
            timer_start(i64, ptr) -> (i64), "A", "-k";
            timer_stop(i64) -> (i64), "", "-";
            /// Offset of local time from UTC in seconds at a Unix time, and the zone's abbreviation written to address (8 bytes).
            local_offset(i64, ptr) -> (i64), "", "--";
            // ---- operating system; negative results are -errno
            exit(i64) -> (), "N", "-";
            os_write(i64, ptr, i64) -> (i64), "Y", "---";
            os_read(i64, ptr, i64) -> (i64), "Y", "---";
            /// path, flags (Linux), mode.
            os_open(ptr, i64, i64, i64) -> (i64), "", "----";
            os_close(i64) -> (i64), "", "-";
            os_seek(i64, i64, i64) -> (i64), "", "---";
            /// Any other system call: number, four arguments, place of the other two.
            os_syscall(i64, ptr, ptr, ptr, ptr, ptr) -> (i64), "Y", "------";
            /// Changes the ids of all threads: which, and the ids.
            os_set_ids(i64, ptr, ptr, ptr) -> (i64), "", "----";
            /// Starts a process as a structure says; waits for one: number, places for status and usage, flags.
            os_spawn(ptr) -> (i64), "", "-";
            os_wait(i64, ptr, ptr, i64) -> (i64), "Y", "----";
            /// Number of program arguments; argument i as a string; the same for environment entries "KEY=value".
            os_argc() -> (i64), "", "";
            os_argv(i64) -> (ptr, i64), "", "-";
            os_envc() -> (i64), "", "";
            os_envv(i64) -> (ptr, i64), "", "-";
            // ---- natives of the bundled library
            /// data, length, byte -> index or -1.
            index_byte(ptr, i64, i64) -> (i64), "", "---";
            count_byte(ptr, i64, i64) -> (i64), "", "---";
            /// haystack, needle -> index or -1.
            index_string(ptr, i64, ptr, i64) -> (i64), "", "----";
            /// Fused multiply-add for processors without it.
            fma(f64, f64, f64) -> (f64), "", "---";
            // ---- reflection for fmt and friends
            /// A zeroed object of a type.
            unsafe_new(ptr) -> (ptr), "A", "-";
            unsafe_new_array(ptr, i64) -> (ptr), "AP", "--";
            /// Name or descriptor at an offset in the type section; code for a method index.
            resolve_name_off(i64) -> (ptr), "", "-";
            resolve_type_off(i64) -> (ptr), "", "-";
            resolve_text_off(i64) -> (ptr), "", "-";
            /// Offsets of all descriptors in the type section: address of their u32s, number.
            type_offsets() -> (ptr, i64), "", "";
            /// Hash of a value: type, address, seed.
            value_hash(ptr, ptr, i64) -> (i64), "P", "---";
            // ---- statistics of the compiled program
            /// Counts placements for `run --stats`: stack objects made by compiled code are counted only in that mode.
            count_stack_object(i64) -> (), "", "-";
            /// Gives a stack object a memory tag if the program runs with tags: address, bytes (both multiples of 16) -> pointer.
            tag_stack(ptr, i64) -> (ptr), "A", "r-";
            /// Takes it away.
            untag_stack(ptr, i64) -> (), "A", "--";
        }
    };
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RtType {
    I64,
    Ptr,
    F64,
}

/// One entry point.
#[derive(Clone, Copy, Debug)]
pub struct RtInfo {
    pub name: &'static str,
    pub params: &'static [RtType],
    pub results: &'static [RtType],
    /// See the module's documentation.
    pub flags: &'static str,
    pub effects: &'static str,
}

macro_rules! rt_type {
    (i64) => {
        RtType::I64
    };
    (ptr) => {
        RtType::Ptr
    };
    (f64) => {
        RtType::F64
    };
}

macro_rules! expand {
    ($($(#[$doc:meta])* $name:ident($($p:ident),*) -> ($($r:ident),*), $flags:literal, $effects:literal;)*) => {
        /// A runtime entry point.
        #[allow(non_camel_case_types)]
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        #[repr(u16)]
        pub enum Rt { $($(#[$doc])* $name,)* }

        impl Rt {
            pub const ALL: &'static [Rt] = &[$(Rt::$name,)*];
        }

        static INFO: &[RtInfo] = &[$(RtInfo {
            name: stringify!($name),
            params: &[$(rt_type!($p)),*],
            results: &[$(rt_type!($r)),*],
            flags: $flags,
            effects: $effects,
        },)*];
    };
}

runtime_functions!(expand);

impl Rt {
    pub fn info(self) -> &'static RtInfo {
        &INFO[self as usize]
    }

    pub fn by_name(name: &str) -> Option<Rt> {
        INFO.iter().position(|i| i.name == name).map(|i| Rt::ALL[i])
    }

    pub fn allocates(self) -> bool {
        self.info().flags.contains('A')
    }

    pub fn panics(self) -> bool {
        self.info().flags.contains('P')
    }

    pub fn never_returns(self) -> bool {
        self.info().flags.contains('N')
    }

    pub fn has_site(self) -> bool {
        self.info().flags.contains('S')
    }
}
