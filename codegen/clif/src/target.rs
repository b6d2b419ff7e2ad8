//! The target: Cranelift's settings for it, and the facts of its calling convention that lowering needs.

use std::sync::Arc;

use cranelift_codegen::isa::{self, OwnedTargetIsa, TargetIsa};
use cranelift_codegen::settings::{self, Configurable};

use crate::{Error, Options, Result};

/// Architecture and flags; shared by all threads.
#[derive(Clone)]
pub struct Target {
    pub isa: Arc<dyn TargetIsa>,
    /// Results beyond these travel through memory.
    pub(crate) int_results: usize,
    pub(crate) float_results: usize,
    /// The runtime will be linked to the code; else it may lie anywhere in the address space.
    pub(crate) linked: bool,
}

impl Target {
    /// The machine that runs the compiler, with all that its processor can do.
    pub fn native(options: &Options) -> Result<Target> {
        let builder = cranelift_native::builder().map_err(Error::new)?;
        Target::new(builder, options, false)
    }

    /// The baseline of an architecture, `x86_64` or `aarch64`, for code that is linked with the runtime.
    pub fn by_name(arch: &str, options: &Options) -> Result<Target> {
        let builder = isa::lookup_by_name(&format!("{arch}-unknown-linux-gnu"))
            .map_err(|e| Error::new(e.to_string()))?;
        Target::new(builder, options, true)
    }

    fn new(builder: isa::Builder, options: &Options, linked: bool) -> Result<Target> {
        let mut flags = settings::builder();
        let mut set = |name: &str, value: &str| flags.set(name, value).map_err(|e| Error::new(e.to_string()));
        // single_pass allocates registers faster but leaves code more than twice as large.
        set("opt_level", if options.optimise { "speed" } else { "none" })?;
        set("regalloc_algorithm", if options.optimise { "backtracking" } else { "single_pass" })?;
        set("enable_pinned_reg", "true")?;
        set("preserve_frame_pointers", "true")?;
        set("is_pic", "false")?;
        set("use_colocated_libcalls", if linked { "true" } else { "false" })?;
        // Frames that could leave the stack's slack are checked before they are made, see `code`. Touching pages beyond
        // the limit would write into a neighbouring stack.
        set("enable_probestack", "false")?;
        // `code` asks for the starts of blocks.
        set("machine_code_cfg_info", "true")?;
        set("unwind_info", if options.debug { "true" } else { "false" })?;
        set("enable_verifier", if options.verify { "true" } else { "false" })?;
        let isa: OwnedTargetIsa =
            builder.finish(settings::Flags::new(flags)).map_err(|e| Error::new(e.to_string()))?;
        let int_results = match isa.triple().architecture.to_string().as_str() {
            "x86_64" => 8,
            _ => 6,
        };
        Ok(Target { isa, int_results, float_results: 8, linked })
    }

    /// x86-64 (else AArch64).
    pub fn is_x86_64(&self) -> bool {
        self.int_results == 8
    }
}
