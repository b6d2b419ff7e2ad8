//! A language of its own on escargo's backend: its frontend builds IR by hand, everything behind it is the library.
//!
//! In: a file of definitions and prints, like `lists.tiny` beside this file. Out: where its pairs live, and what the program prints; with
//! `-o FILE` an object file, with `--ir` the IR as text (which `escargo run FILE.ir` runs). Mistakes are told with their line.
//!
//!     cargo run --release --example tiny -- examples/tiny/lists.tiny
//!
//! The language has integers and lists. `(def name ((param int) (param list)) type body)` defines a function, `(print e)` runs. Expressions:
//! integers, names, `nil`, `(+ - * < =)`, `(if c a b)` (0 is false), `(let (name e) body)`, `(pair int list)`, `(head list)`,
//! `(tail list)`, `(empty list)`, and calls. The head of `nil` is a nil dereference, as in Go.

mod frontend;
mod syntax;

use escargo_clif::{ObjectOptions, Target};
use escargo_escape::Placement;

fn main() {
    let mut file = None;
    let (mut object, mut ir) = (None, false);
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "-o" => object = args.next(),
            "--ir" => ir = true,
            _ => file = Some(arg),
        }
    }
    let code = match file {
        None => Err("usage: tiny [-o FILE.o] [--ir] FILE.tiny".to_owned()),
        Some(file) => compile(&file, object.as_deref(), ir),
    };
    std::process::exit(code.unwrap_or_else(|message| {
        eprintln!("{message}");
        1
    }));
}

/// The whole pipeline. The exit code, or what is wrong.
fn compile(file: &str, object: Option<&str>, ir: bool) -> Result<i32, String> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("{file}: {e}"))?;
    let forms = syntax::parse(&text).map_err(|e| format!("{file}:{e}"))?;
    let mut module = frontend::build(file, &text, &forms).map_err(|e| format!("{file}:{e}"))?;
    // From here on nothing knows the language.
    escargo_ir::verify(&module)
        .map_err(|errors| errors.iter().map(|e| format!("{e}\n")).collect::<String>())?;
    let mut options = escargo_opt::Options::default();
    escargo_opt::optimize(&mut module, &mut options).map_err(|e| e.to_string())?;
    let escape = escargo_escape::analyze(&module, 2);
    escargo_opt::finish(&mut module, &mut options).map_err(|e| e.to_string())?;
    if ir {
        print!("{}", escargo_ir::print_module(&module));
        return Ok(0);
    }
    let clif = escargo_clif::Options::default();
    if let Some(path) = object {
        let target = Target::native(&clif).map_err(|e| e.to_string())?;
        let bytes = escargo_clif::compile_object(&module, &escape, &target, &clif, &ObjectOptions::default())
            .map_err(|e| e.to_string())?;
        std::fs::write(path, bytes).map_err(|e| format!("{path}: {e}"))?;
        return Ok(0);
    }
    for (site, verdict) in module.sites.iter().zip(&escape.sites) {
        let place = match verdict.placement {
            Placement::Scalar => "in registers",
            Placement::Stack | Placement::Buffer | Placement::BufferOnce => "on the stack",
            Placement::Heap => "on the heap",
        };
        if let Some((file, line, col)) = module.locate(site.pos) {
            eprintln!("{file}:{line}:{col}: {} {place}", site.name);
        }
    }
    // Functions are compiled while the program runs: module and results stay for the rest of the process.
    let (module, escape) = (Box::leak(Box::new(module)), Box::leak(Box::new(escape)));
    let program =
        escargo_clif::compile(module, escape, &escargo_rt::symbols(), &clif).map_err(|e| e.to_string())?;
    program.run(escargo_rt::start, escargo_rt::Options::default())
}
