//! The `escargo` command. This crate is the only place that prints, exits and reads the command line.
#![forbid(unsafe_op_in_unsafe_fn)]

mod args;
mod build;
mod cache;
mod check;
mod compare;
mod compile;
mod constraints;
mod coverage;
mod dump;
mod embed;
mod env;
mod helper;
mod link;
mod list;
mod load;
mod module;
mod packages;
mod report;
mod run;
mod target;
mod test;
mod test_flags;
mod test_json;
mod test_main;
mod test_program;
mod trace;
mod version;
mod wording;

use args::{Cli, Command};

/// Compiling allocates many small objects: this allocator takes a tenth off a small program's start. Its version 2 puts them closer
/// together than version 3: fewer large pages are to be cleared by the system.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Bytes of the stacks of threads that recurse over syntax trees: deep but legal programs are safe whatever the shell's limit is.
const STACK: usize = 256 << 20;

fn main() {
    let cli = match args::normalise(std::env::args_os(), &args::from_environment()) {
        Ok(words) => args::parse(&words).unwrap_or_else(|e| {
            if e.kind() == clap::error::ErrorKind::MissingRequiredArgument
                && words.get(1).is_some_and(|w| w == "run")
            {
                eprintln!("escargo: no go files listed");
                std::process::exit(1);
            }
            e.exit()
        }),
        Err(e) => {
            eprintln!("{e}");
            std::process::exit(2);
        }
    };
    // It exits itself: ending the thread would return its memory piece by piece.
    let work = std::thread::Builder::new()
        .name("escargo".into())
        .stack_size(STACK)
        .spawn(move || -> std::convert::Infallible { std::process::exit(dispatch(cli)) });
    let code = match work.map(|t| t.join()) {
        Ok(Ok(never)) => match never {},
        // A panic has been printed by the panic hook: a bug of ours.
        Ok(Err(_)) => {
            eprintln!("escargo: internal compiler error; `escargo dump --after=lower FILE` shows the IR");
            3
        }
        Err(e) => {
            eprintln!("escargo: cannot start a thread: {e}");
            1
        }
    };
    std::process::exit(code);
}

fn dispatch(cli: Cli) -> i32 {
    let result = match cli.command {
        Command::Run(a) => run::run(&a),
        Command::Build(a) => build::build(&a),
        Command::Check(a) => check::check(&a),
        Command::Compare(a) => compare::compare(&a),
        Command::Dump(a) => dump::dump(&a),
        Command::Test(a) => test::test(&a),
        Command::TestProgram(a) => test_program::run(&a),
        Command::Trace(a) => trace::trace(&a),
        Command::Version => version::version(),
        Command::Env(a) => env::env(&a),
        Command::List(a) => list::list(&a),
        Command::Clean(a) => cache::clean(&a),
    };
    match result {
        Ok(code) => code,
        Err(e) => match e.downcast_ref::<args::Usage>() {
            Some(usage) => {
                eprintln!("{usage}");
                2
            }
            None => {
                eprintln!("escargo: {e:#}");
                1
            }
        },
    }
}
