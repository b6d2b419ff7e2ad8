//! The command line: Go's flags with one dash or two, and their meaning.
//!
//! In: `argv`. Out: `Cli`. Flags end at the first argument that is not one, as with the go command; what follows the
//! Go files of `run` goes to the program.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, FromArgMatches as _, Parser, Subcommand, ValueEnum};

#[derive(Parser)]
#[command(
    name = "escargo",
    about = "Compile and run Go programs, and see where every value lives.",
    after_help = "Examples:\n  escargo run hello.go\n  escargo run --stats ./cmd/server -port 80\n  escargo check ./...\n  \
                  escargo run -gcflags=-m prog.go\n  escargo dump --after=sroa --func=main.f prog.go",
    disable_help_subcommand = true,
    args_override_self = true
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Compile a program in memory and run it.
    #[command(
        after_help = "Examples:\n  escargo run prog.go arg1 arg2\n  escargo run --stats --escape=heap prog.go\n  escargo run ."
    )]
    Run(RunArgs),
    /// Compile a program to an executable, a library for C or an object file.
    #[command(
        after_help = "Examples:\n  escargo build prog.go\n  escargo build -o server -ldflags='-s -w' ./cmd/server\n  \
                      escargo build --target=aarch64-unknown-linux-gnu prog.go\n  \
                      escargo build -buildmode=c-shared -o libx.so x.go\n  escargo build --emit=asm prog.go"
    )]
    Build(BuildArgs),
    /// Parse and type-check only.
    #[command(after_help = "Examples:\n  escargo check prog.go\n  escargo check -gcflags=-e a.go b.go")]
    Check(CheckArgs),
    /// Print an intermediate form of a program.
    #[command(
        after_help = "Forms, in order: ast, lower, every pass by its name, opt, escape, clif, asm.\n\nExamples:\n  escargo dump --after=lower prog.go\n  \
                      escargo dump --after=asm --func=main.main prog.go"
    )]
    Dump(DumpArgs),
    /// Compile and run the tests of packages, as `go test` does.
    #[command(
        after_help = "Flags as of `go test`: -bench, -benchmem, -benchtime, -c, -count, -cover, -covermode, -coverpkg, -coverprofile,\n-cpu, -exec, \
                      -failfast, -fullpath, -json, -list, -o, -outputdir, -p, -parallel, -run, -short, -shuffle,\n-skip, -timeout, -v, \
                      and those of the compiler: -gcflags, -ldflags, -tags, -mod, -escape, -std.\n\nExamples:\n  escargo test\n  \
                      escargo test -v -run 'TestParse/empty' ./...\n  escargo test -bench . -benchmem -count 10 ./codec"
    )]
    Test(TestArgs),
    /// Build one package's test program and run it; `test` starts one for each package.
    #[command(hide = true)]
    TestProgram(TestProgramArgs),
    /// Run a program under each placement mode and under Go, side by side.
    #[command(
        after_help = "Examples:\n  escargo compare prog.go\n  escargo compare --func=main.f prog.go\n  \
                      escargo compare --func=f --target=aarch64 --html=page.html prog.go\n  escargo compare --json . arg1"
    )]
    Compare(CompareArgs),
    /// Draw what programs wrote down: violations of memory tags.
    #[command(
        after_help = "Examples:\n  GODEBUG=mte=sync ./prog   (on AArch64; writes escargo-violations.jsonl)\n  \
                      escargo trace --violations escargo-violations.jsonl -o graph.svg\n  \
                      escargo trace --violations --format=dot escargo-violations.jsonl"
    )]
    Trace(TraceArgs),
    /// Print the version.
    Version,
    /// Print the environment that the command sees.
    Env(EnvArgs),
    /// Print the import paths of packages, or with -m of modules.
    #[command(after_help = "Examples:\n  escargo list ./...\n  escargo list -m")]
    List(ListArgs),
    /// Remove files that can be made again.
    #[command(after_help = "Examples:\n  escargo clean -cache")]
    Clean(CleanArgs),
}

#[derive(Args)]
pub struct CleanArgs {
    /// Remove the cache: programs that have been run, unpacked runtime libraries
    #[arg(long)]
    pub cache: bool,
}

/// Which analysis decides where values live.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Default, Debug)]
pub enum EscapeMode {
    #[default]
    Precise,
    /// Every allocation site on the heap.
    Heap,
}

#[derive(Args, Clone, Default)]
pub struct BuildFlags {
    /// Compiler flags: -e (no limit of 10 errors), -m and -m=2 (print escape decisions), -l (no inlining), -N (no
    /// optimisation), -lang=go1.N
    #[arg(long, value_name = "FLAGS", allow_hyphen_values = true)]
    pub gcflags: Vec<String>,
    /// Comma-separated list of additional build tags
    #[arg(long, value_name = "TAGS")]
    pub tags: Option<String>,
    /// Where modules come from: mod, readonly, or vendor
    #[arg(long = "mod", value_name = "MODE")]
    pub modules: Option<String>,
    /// Linker flags: -s (no symbols), -w (no debug information), -X name=text, -extldflags=...
    #[arg(long, value_name = "FLAGS", allow_hyphen_values = true)]
    pub ldflags: Vec<String>,
    /// Which analysis decides where values live
    #[arg(long, value_enum, default_value = "precise", value_name = "MODE")]
    pub escape: EscapeMode,
    /// Where packages that are not bundled come from: Go's own library, if Go is installed, or nowhere
    #[arg(long, value_enum, default_value = "auto", value_name = "WHERE")]
    pub std: crate::load::Library,
    /// Give stack objects whose address is taken memory tags (AArch64, GODEBUG=mte=sync or mte=async)
    #[arg(long)]
    pub mte_stack: bool,
    /// Verify the IR after every pass
    #[arg(long)]
    pub verify: bool,
}

#[derive(Args)]
pub struct RunArgs {
    #[command(flatten)]
    pub build: BuildFlags,
    /// Tell debuggers everything about the code (done by itself when a debugger runs the command)
    #[arg(short = 'g')]
    pub debug: bool,
    /// Make an executable and have this command run it
    #[arg(long, value_name = "COMMAND")]
    pub exec: Option<String>,
    /// Print at exit what was placed where, collections and pauses
    #[arg(long)]
    pub stats: bool,
    /// Write what the program used, as JSON, to this file
    #[arg(long, value_name = "FILE")]
    pub stats_json: Option<PathBuf>,
    /// Go files, a package folder or a file of IR text, then the program's arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true, value_name = "FILES [ARGS]")]
    pub rest: Vec<String>,
}

/// What `build` writes instead of linking.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Debug)]
pub enum Emit {
    Obj,
    Asm,
    Clif,
    Ir,
}

#[derive(Args, Clone)]
pub struct BuildArgs {
    #[command(flatten)]
    pub build: BuildFlags,
    /// The output file, or a folder for it
    #[arg(short = 'o', value_name = "FILE")]
    pub output: Option<String>,
    /// Write this form instead of linking
    #[arg(long, value_enum, value_name = "FORM")]
    pub emit: Option<Emit>,
    /// exe, c-archive or c-shared
    #[arg(long, default_value = "exe", value_name = "MODE")]
    pub buildmode: String,
    /// The platform, as Rust or as Go names it: aarch64-unknown-linux-gnu, linux/arm64 (default: GOOS and GOARCH)
    #[arg(long, value_name = "TARGET")]
    pub target: Option<String>,
    /// Exported functions take pointers only with a //cgo:memsafe annotation
    #[arg(long)]
    pub cgo_memsafe: bool,
    /// Print the names of packages as they are compiled
    #[arg(short = 'v')]
    pub verbose: bool,
    /// Print the commands
    #[arg(short = 'x')]
    pub print_commands: bool,
    /// Go files or a package folder
    #[arg(value_name = "FILES")]
    pub rest: Vec<String>,
}

#[derive(Args)]
pub struct CheckArgs {
    #[command(flatten)]
    pub build: BuildFlags,
    /// Print diagnostics as JSON, one object a line
    #[arg(long)]
    pub json: bool,
    /// Go files or package folders
    #[arg(required = true, value_name = "FILES")]
    pub rest: Vec<String>,
}

#[derive(Args)]
pub struct DumpArgs {
    #[command(flatten)]
    pub build: BuildFlags,
    /// The form to print
    #[arg(long, default_value = "opt", value_name = "FORM")]
    pub after: String,
    /// Only this function (Go's symbol name, such as main.main)
    #[arg(long, value_name = "NAME")]
    pub func: Option<String>,
    /// Go files or a package folder
    #[arg(required = true, value_name = "FILES")]
    pub rest: Vec<String>,
}

#[derive(Args)]
pub struct TestArgs {
    /// Flags, packages, flags of the test program
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "FLAGS AND PACKAGES")]
    pub rest: Vec<String>,
}

#[derive(Args)]
pub struct TestProgramArgs {
    #[command(flatten)]
    pub build: BuildFlags,
    /// Files, or the pattern that names the package
    #[arg(long)]
    pub package: Vec<String>,
    /// Count blocks: set, count, atomic
    #[arg(long)]
    pub cover: Option<String>,
    /// The import paths of packages whose blocks are counted
    #[arg(long)]
    pub covered: Vec<String>,
    /// The patterns that named them
    #[arg(long)]
    pub cover_shown: Option<String>,
    /// Where the profile goes
    #[arg(long)]
    pub profile: Option<PathBuf>,
    /// Make an executable
    #[arg(long)]
    pub output: Option<PathBuf>,
    /// Where an executable is made if the tests may want to start it themselves
    #[arg(long)]
    pub own: Option<PathBuf>,
    /// Do not run it
    #[arg(long)]
    pub compile: bool,
    /// The words of a command that runs it
    #[arg(long, allow_hyphen_values = true)]
    pub exec: Vec<String>,
    /// The test program's arguments
    #[arg(last = true)]
    pub arguments: Vec<String>,
}

#[derive(Args)]
pub struct CompareArgs {
    #[command(flatten)]
    pub build: BuildFlags,
    /// Runs of each side; times are medians
    #[arg(long, default_value_t = 5, value_name = "N")]
    pub runs: usize,
    /// Lay the machine codes of this function side by side
    #[arg(long, value_name = "NAME")]
    pub func: Option<String>,
    /// Machine code for this architecture: x86_64 or aarch64 (default: this machine's)
    #[arg(long, value_name = "TARGET")]
    pub target: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Write a page with tables, bars and listings to this file
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Go files, a package folder or a file of IR text, then the program's arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true, value_name = "FILES [ARGS]")]
    pub rest: Vec<String>,
}

/// How a graph is written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Debug)]
pub enum GraphFormat {
    Dot,
    Svg,
}

#[derive(Args)]
pub struct TraceArgs {
    /// Draw violations of memory tags
    #[arg(long)]
    pub violations: bool,
    /// The graph's form (default: by the output's name, else DOT)
    #[arg(long, value_enum, value_name = "FORM")]
    pub format: Option<GraphFormat>,
    /// The output file (default: the standard output)
    #[arg(short = 'o', value_name = "FILE")]
    pub output: Option<String>,
    /// What the program wrote
    #[arg(default_value = "escargo-violations.jsonl")]
    pub file: String,
}

#[derive(Args)]
pub struct ListArgs {
    #[command(flatten)]
    pub build: BuildFlags,
    /// The main module
    #[arg(short = 'm')]
    pub main_module: bool,
    /// Packages
    #[arg(value_name = "PACKAGES")]
    pub rest: Vec<String>,
}

#[derive(Args)]
pub struct EnvArgs {
    /// Print as JSON
    #[arg(long)]
    pub json: bool,
    /// Only these variables, values alone
    pub names: Vec<String>,
}

/// What `-gcflags` ask for.
#[derive(Clone, Default, Debug)]
pub struct GcFlags {
    /// `-e`: report all errors.
    pub all_errors: bool,
    /// `-m`, `-m=2`.
    pub explain: u32,
    /// `-l`
    pub no_inline: bool,
    /// `-N`
    pub no_opt: bool,
    /// `-lang=go1.N`
    pub lang: Option<(u32, u32)>,
    /// `-complete=false`: functions may lack bodies.
    pub bodyless: bool,
}

impl BuildFlags {
    pub fn gc(&self) -> Result<GcFlags, String> {
        let mut out = GcFlags::default();
        for flag in self.gcflags.iter().flat_map(|f| f.split_whitespace()) {
            // A package pattern (`all=-m`) selects what it can: everything is compiled alike.
            let flag =
                flag.find('=').filter(|&i| !flag[..i].starts_with('-')).map_or(flag, |i| &flag[i + 1..]);
            match flag {
                "-e" => out.all_errors = true,
                "-l" => out.no_inline = true,
                "-N" => out.no_opt = true,
                "-complete" | "-complete=true" => out.bodyless = false,
                "-complete=false" => out.bodyless = true,
                "-m" => out.explain += 1,
                "" => {}
                _ => {
                    if let Some(n) = flag.strip_prefix("-m=") {
                        out.explain = n.parse().map_err(|_| format!("invalid value {n:?} for flag -m"))?;
                    } else if let Some(v) = flag.strip_prefix("-lang=") {
                        out.lang = Some(crate::load::parse_version(v).ok_or(format!(
                            "invalid value {v:?} for -lang: should be something like \"go1.22\""
                        ))?);
                    } else {
                        return Err(format!("flag provided but not defined: {flag} (in -gcflags)"));
                    }
                }
            }
        }
        Ok(out)
    }

    /// What `-ldflags` asks for, for an executable.
    pub fn linker(&self) -> anyhow::Result<crate::link::Flags> {
        crate::link::Flags::parse(&self.ldflags, "exe").map_err(anyhow::Error::msg)
    }

    /// How packages are looked for.
    pub fn load_options(&self) -> anyhow::Result<crate::load::Options> {
        let tags = self.tags.clone().unwrap_or_default();
        let modules = self.modules.clone();
        if let Some(mode) = modules.as_deref().filter(|m| !matches!(*m, "mod" | "readonly" | "vendor")) {
            anyhow::bail!("-mod={mode} not supported (can be '', 'mod', 'readonly', or 'vendor')");
        }
        let gc = self.gc().map_err(anyhow::Error::msg)?;
        Ok(crate::load::Options {
            tags: tags.split([',', ' ']).filter(|t| !t.is_empty()).map(str::to_owned).collect(),
            lang: gc.lang,
            bodyless: gc.bodyless,
            modules,
            library: self.std,
            cover: None,
        })
    }
}

/// A mistake on the command line, as it is printed; the exit code is 2.
#[derive(Debug)]
pub struct Usage(pub String);

impl std::fmt::Display for Usage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// Flags of the compiler that have a value, of all commands that compile.
pub const BUILD_VALUES: &[&str] = &["gcflags", "ldflags", "tags", "mod", "escape", "std"];
/// Flags of `go build` that are accepted and change nothing here.
pub const BUILD_SWITCHES: &[&str] = &["a", "buildvcs", "linkshared", "modcacherw", "trimpath", "work", "x"];
/// As above, with a value.
const IGNORED_VALUES: &[&str] =
    &["asmflags", "compiler", "gccgoflags", "installsuffix", "p", "pgo", "pkgdir", "toolexec", "vet"];
/// Flags of `go build` that ask for what there is not.
pub const UNSUPPORTED: &[&str] = &["race", "msan", "asan", "modfile", "overlay"];
/// Flags of single commands with a value.
const OWN_VALUES: &[&str] =
    &["after", "func", "buildmode", "emit", "target", "stats-json", "html", "runs", "exec", "format"];
/// Flags of single commands without one.
const OWN_SWITCHES: &[&str] =
    &["json", "stats", "verify", "help", "version", "cgo-memsafe", "cache", "mte-stack", "violations"];

/// The flags in `GOFLAGS`.
pub fn from_environment() -> Vec<String> {
    crate::link::split_quoted(&std::env::var("GOFLAGS").unwrap_or_default())
}

/// Takes `-C dir`, which has to come first.
fn change_folder(argv: &mut std::iter::Peekable<impl Iterator<Item = OsString>>) -> Result<(), Usage> {
    let is_flag = |a: &OsString| {
        let text = a.to_string_lossy();
        matches!(&*text, "-C" | "--C") || text.starts_with("-C=") || text.starts_with("--C=")
    };
    let Some(flag) = argv.next_if(is_flag) else { return Ok(()) };
    let flag = flag.to_string_lossy().into_owned();
    let dir = flag.split_once('=').map(|f| f.1.to_owned());
    let dir = dir.or_else(|| argv.next().map(|a| a.to_string_lossy().into_owned()));
    let dir = dir.ok_or_else(|| Usage("flag needs an argument: -C".into()))?;
    std::env::set_current_dir(&dir)
        .map_err(|e| Usage(format!("escargo: chdir {dir}: {}", crate::wording::plain(&e))))
}

/// What normalised words mean. Describing all commands takes longer than reading one: `run` is tried alone.
pub fn parse(words: &[OsString]) -> Result<Cli, clap::Error> {
    if words.get(1).is_some_and(|w| w == "run") {
        let run = RunArgs::augment_args(clap::Command::new("run")).args_override_self(true);
        let found = run.try_get_matches_from(&words[1..]);
        if let Ok(args) = found.and_then(|m| RunArgs::from_arg_matches(&m)) {
            return Ok(Cli { command: Command::Run(args) });
        }
    }
    // It says what is wrong.
    Cli::try_parse_from(words)
}

/// Go's flags have one dash (`-gcflags=-m`); they are given their second here. Arguments after the first that is neither the
/// subcommand nor a flag are left alone. Flags from `environment` come before the others; `-C dir` changes the folder. Err: what is
/// wrong with the command line.
pub fn normalise(
    argv: impl Iterator<Item = OsString>,
    environment: &[String],
) -> Result<Vec<OsString>, Usage> {
    let mut out = Vec::new();
    let mut argv = argv.peekable();
    out.extend(argv.next());
    change_folder(&mut argv)?;
    let mut command = argv.next();
    let mut is_help_of = false;
    if command.as_ref().is_some_and(|c| c == "help") {
        // `help x` is `x --help`.
        command = argv.next();
        is_help_of = true;
    }
    let named = command.as_ref().and_then(|c| c.to_str()).unwrap_or("").to_owned();
    if !named.is_empty() && !named.starts_with('-') && !Command::has_subcommand(&named) {
        return Err(Usage(match is_help_of {
            true => format!("escargo help {named}: unknown help topic. Run 'escargo help'."),
            false => format!("escargo {named}: unknown command\nRun 'escargo help' for usage."),
        }));
    }
    out.extend(command);
    if is_help_of {
        out.push("--help".into());
        return Ok(out);
    }
    if named == "test-program" {
        // Our own words.
        out.extend(argv);
        return Ok(out);
    }
    change_folder(&mut argv)?;
    let is_help = |a: &OsString| matches!(a.to_str(), Some("-h" | "-help" | "--help"));
    if named == "test" && argv.peek().is_none_or(|a| !is_help(a)) {
        // Its flags are `go test`'s, which stand before and after packages.
        out.push("--".into());
        out.extend(argv);
        return Ok(out);
    }
    let compiles = matches!(named.as_str(), "run" | "build" | "check" | "dump" | "compare" | "list");
    for flag in environment {
        let name = flag.trim_start_matches('-');
        let bare = name.split('=').next().unwrap_or(name);
        if !name.starts_with(|c: char| c.is_alphabetic()) || name.len() == flag.len() {
            return Err(Usage(format!("escargo: parsing $GOFLAGS: non-flag {flag:?}")));
        }
        if compiles && BUILD_VALUES.contains(&bare) && name.contains('=') {
            out.push(format!("--{name}").into());
        }
    }
    while let Some(arg) = argv.next() {
        let Some(text) = arg.to_str().filter(|t| t.starts_with('-') && t.len() > 1 && *t != "--") else {
            out.push(arg);
            break;
        };
        let name = text.trim_start_matches('-').to_owned();
        let bare = name.split('=').next().unwrap_or(&name).to_owned();
        let is = |list: &[&str]| list.contains(&bare.as_str());
        let given = name.len() > bare.len();
        if bare == "C" {
            return Err(Usage(
                "invalid value for flag -C: -C flag must be first flag on command line".into(),
            ));
        }
        if compiles && is(UNSUPPORTED) && !name.ends_with("=false") {
            return Err(Usage(format!("escargo: -{bare} is not supported")));
        }
        if is(BUILD_VALUES) || is(OWN_VALUES) {
            out.push(format!("--{name}").into());
            if !given {
                out.extend(argv.next());
            }
        } else if is(OWN_SWITCHES) {
            out.push(format!("--{name}").into());
        } else if compiles && is(IGNORED_VALUES) {
            if !given {
                argv.next();
            }
        } else if compiles && is(BUILD_SWITCHES) && !(named == "build" && bare == "x") {
            continue;
        } else if bare.len() > 1 {
            let what = match named.as_str() {
                "run" => "[build flags] [-exec xprog] package [arguments...]",
                "build" => "[-o output] [build flags] [packages]",
                _ => "[flags] [arguments]",
            };
            return Err(Usage(format!(
                "flag provided but not defined: -{bare}\nusage: escargo {named} {what}\nRun 'escargo help {named}' for details."
            )));
        } else {
            let has_value = text == "-o";
            out.push(arg);
            if has_value {
                out.extend(argv.next());
            }
        }
    }
    out.extend(argv);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn norm(args: &[&str]) -> Vec<String> {
        normalise(args.iter().map(OsString::from), &[])
            .expect("the command line is right")
            .into_iter()
            .map(|a| a.to_string_lossy().into_owned())
            .collect()
    }

    #[test]
    fn one_dash_flags_get_two_and_program_arguments_stay() {
        assert_eq!(
            norm(&["escargo", "run", "-gcflags=-m", "-tags", "a,b", "x.go", "-json", "y"]),
            ["escargo", "run", "--gcflags=-m", "--tags", "a,b", "x.go", "-json", "y"]
        );
        assert_eq!(
            norm(&["escargo", "build", "-trimpath", "-buildvcs=false", "-p", "3", "-x", "."]),
            ["escargo", "build", "-x", "."]
        );
        let wrong = |args: &[&str]| normalise(args.iter().map(OsString::from), &[]).err().map(|e| e.0);
        assert_eq!(
            wrong(&["escargo", "fly"]).as_deref(),
            Some("escargo fly: unknown command\nRun 'escargo help' for usage.")
        );
        assert!(wrong(&["escargo", "run", "-fast", "x.go"]).is_some());
        assert_eq!(norm(&["escargo", "help", "run"]), ["escargo", "run", "--help"]);
    }

    #[test]
    fn gcflags_are_understood() {
        let flags = BuildFlags {
            gcflags: vec!["-m -m".into(), "all=-l".into(), "-lang=go1.19".into()],
            ..Default::default()
        };
        let gc = flags.gc().expect("the flags are valid");
        assert_eq!((gc.explain, gc.no_inline, gc.lang), (2, true, Some((1, 19))));
        let bad = BuildFlags { gcflags: vec!["-zzz".into()], ..Default::default() };
        assert!(bad.gc().is_err());
    }
}
