"""Writes the functions of package reflect that make calls with a given number of words: src/go/reflect/words.go.

Compiled code passes scalars in registers by their class, whatever their order, and pops what is on the stack: so a function of n
words and up to eight floats can be called as one of exactly n words and eight floats, and as one of five if it has fewer.
"""
import os

FLOATS = 8
WORDS = 6
SIZES = range(5, 13)


def names(letter, n):
    return ", ".join(f"{letter}{i}" for i in range(n))


def main():
    floats = names("f", FLOATS)
    results = f"({names('r', WORDS)} uintptr, {names('q', FLOATS)} float64)"
    out = ["// Written by gen/reflect_calls.py.\n", "package reflect\n", 'import "unsafe"\n']
    out.append(f"// What travels in registers, or beyond them: words and floats.\ntype registers struct {{\n\twords  [{max(SIZES)}]uintptr\n"
               f"\tfloats [{FLOATS}]float64\n}}\n")
    out.append(f"const (\n\tmaxWords       = {max(SIZES)}\n\tmaxFloats      = {FLOATS}\n\tmaxWordResults = {WORDS}\n)\n")
    types = ["type ("]
    for n in SIZES:
        types.append(f"\tfunc{n} func({names('a', n)} uintptr, {floats} float64) {results}")
        types.append(f"\tmethod{n} interface {{\n\t\tinvoke({names('a', n)} uintptr, {floats} float64) {results}\n\t}}")
    out.append("\n".join(types) + "\n)\n")
    put = f"{', '.join(f'r.words[{i}]' for i in range(WORDS))}, {', '.join(f'r.floats[{i}]' for i in range(FLOATS))}"
    pass_floats = ", ".join(f"r.floats[{i}]" for i in range(FLOATS))
    for kind, doc, param in (
        ("Func", "callFunc calls a function value with n words; the results replace the arguments.", "fn"),
        ("Method", "callMethod calls the first method of an interface value with n words.", "receiver"),
    ):
        typ = "unsafe.Pointer" if kind == "Func" else "[2]unsafe.Pointer"
        lines = [f"// {doc}", f"func call{kind}({param} {typ}, n int, r *registers) {{", "\tp := unsafe.Pointer(&" + param + ")", "\tswitch n {"]
        for n in SIZES:
            label = "default" if n == SIZES[0] else f"case {n}"
            args = ", ".join(f"r.words[{i}]" for i in range(n))
            target = f"(*(*func{n})(p))" if kind == "Func" else f"(*(*method{n})(p)).invoke"
            lines.append(f"\t{label}:\n\t\t{put} = {target}({args}, {pass_floats})")
        lines.append("\t}\n}\n")
        out.append("\n".join(lines))
    lines = ["// makeFunc is a function value of n words that hands them to handle and returns what that leaves there.",
             "func makeFunc(n int, handle func(r *registers)) unsafe.Pointer {", "\tswitch n {"]
    for n in SIZES:
        label = "default" if n == SIZES[0] else f"case {n}"
        words = ", ".join(f"a{i}" for i in range(n))
        lines.append(f"\t{label}:\n\t\tf := func{n}(func({names('a', n)} uintptr, {floats} float64) {results} {{\n"
                     f"\t\t\tr := &registers{{[{max(SIZES)}]uintptr{{{words}}}, [{FLOATS}]float64{{{floats}}}}}\n\t\t\thandle(r)\n"
                     f"\t\t\treturn {put}\n\t\t}})\n\t\tescape(f)\n\t\treturn *(*unsafe.Pointer)(unsafe.Pointer(&f))")
    lines.append("\t}\n}\n")
    out.append("\n".join(lines))
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "..", "src/go/reflect/words.go"), "w") as f:
        f.write("\n".join(out))


main()
