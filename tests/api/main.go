// Compares the exported API of the bundled library with Go's own and prints what differs.
//
// Usage: api BUNDLED GOROOT/src. Each line is a package, a name, and what is wrong with it.
package main

import (
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"sort"
	"strings"
)

// world is one library: packages are checked once, from the first root that has them.
type world struct {
	roots    []string
	fset     *token.FileSet
	packages map[string]*types.Package
}

func newWorld(roots ...string) *world {
	return &world{roots, token.NewFileSet(), map[string]*types.Package{"unsafe": types.Unsafe}}
}

// holds decides about build tags: linux on amd64, in pure Go.
func holds(tag string) bool {
	switch tag {
	case "linux", "unix", "amd64", "escargo", "gc", "purego", "goexperiment.swissmap", "goexperiment.regabiwrappers":
		return true
	}
	return strings.HasPrefix(tag, "go1.")
}

var systems = map[string]bool{}
var processors = map[string]bool{}

func init() {
	for _, s := range strings.Fields("aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris wasip1 windows zos") {
		systems[s] = true
	}
	for _, s := range strings.Fields("386 amd64 arm arm64 loong64 mips mips64 mips64le mipsle ppc64 ppc64le riscv64 s390x wasm") {
		processors[s] = true
	}
}

func (w *world) wanted(name string, file *ast.File) bool {
	parts := strings.Split(strings.TrimSuffix(name, ".go"), "_")
	for _, part := range parts[1:] {
		if (systems[part] || processors[part]) && !holds(part) {
			return false
		}
	}
	for _, group := range file.Comments {
		if group.Pos() > file.Package {
			break
		}
		for _, c := range group.List {
			if expr, err := constraint.Parse(c.Text); err == nil && constraint.IsGoBuild(c.Text) && !expr.Eval(holds) {
				return false
			}
		}
	}
	return true
}

func (w *world) Import(path string) (*types.Package, error) {
	if p := w.packages[path]; p != nil {
		return p, nil
	}
	for _, root := range w.roots {
		for _, dir := range []string{filepath.Join(root, path), filepath.Join(root, "vendor", path)} {
			names, _ := filepath.Glob(filepath.Join(dir, "*.go"))
			var files []*ast.File
			for _, name := range names {
				if strings.HasSuffix(name, "_test.go") {
					continue
				}
				file, err := parser.ParseFile(w.fset, name, nil, parser.ParseComments)
				if err != nil {
					return nil, err
				}
				if w.wanted(filepath.Base(name), file) {
					files = append(files, file)
				}
			}
			if len(files) == 0 {
				continue
			}
			config := types.Config{Importer: w, IgnoreFuncBodies: true, FakeImportC: true, Error: func(error) {}}
			p, _ := config.Check(path, w.fset, files, nil)
			w.packages[path] = p
			return p, nil
		}
	}
	return nil, fmt.Errorf("no package %s", path)
}

// text is a type without what may differ: names of parameters, and the private parts of structs.
func text(t types.Type) string {
	return strings.ReplaceAll(types.TypeString(t, func(p *types.Package) string { return p.Path() }), "interface{}", "any")
}

// signature is a function's type without names of parameters.
func signature(s *types.Signature) string {
	var b strings.Builder
	list := func(t *types.Tuple, variadic bool) {
		for i := range t.Len() {
			if i > 0 {
				b.WriteString(", ")
			}
			if variadic && i == t.Len()-1 {
				b.WriteString("...")
			}
			b.WriteString(text(t.At(i).Type()))
		}
	}
	if s.TypeParams().Len() > 0 {
		fmt.Fprint(&b, "[", s.TypeParams().Len(), "]")
	}
	b.WriteString("(")
	list(s.Params(), s.Variadic())
	b.WriteString(")(")
	list(s.Results(), false)
	b.WriteString(")")
	out := b.String()
	// The names of type parameters do not matter.
	for i := range s.TypeParams().Len() {
		name := s.TypeParams().At(i).Obj().Name()
		out = replaceWord(out, name, fmt.Sprintf("$%d", i))
	}
	return out
}

func replaceWord(s, word, by string) string {
	letter := func(i int) bool {
		return i >= 0 && i < len(s) && (s[i] == '_' || s[i] == '.' || s[i] >= '0' && s[i] <= '9' || s[i]|0x20 >= 'a' && s[i]|0x20 <= 'z')
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		if strings.HasPrefix(s[i:], word) && !letter(i-1) && !letter(i+len(word)) {
			b.WriteString(by)
			i += len(word)
			continue
		}
		b.WriteByte(s[i])
		i++
	}
	return b.String()
}

// members lists what a type offers: exported fields and methods, with their types.
func members(t types.Type) map[string]string {
	out := map[string]string{}
	// Type parameters of generic types go by position.
	clean := func(s string) string { return s }
	if named, ok := t.(*types.Named); ok && named.TypeParams().Len() > 0 {
		params := named.TypeParams()
		clean = func(s string) string {
			for i := range params.Len() {
				s = replaceWord(s, params.At(i).Obj().Name(), fmt.Sprintf("$%d", i))
			}
			return s
		}
	}
	if s, ok := t.Underlying().(*types.Struct); ok {
		for i := range s.NumFields() {
			if f := s.Field(i); f.Exported() {
				out[f.Name()] = "field " + clean(text(f.Type()))
			}
		}
	}
	for _, t := range []types.Type{t, types.NewPointer(t)} {
		set := types.NewMethodSet(t)
		for i := range set.Len() {
			f := set.At(i).Obj()
			if f.Exported() && out[f.Name()] == "" {
				kind := "method "
				if _, pointer := t.(*types.Pointer); pointer && !types.IsInterface(t.(*types.Pointer).Elem()) {
					kind = "pointer method "
				}
				out[f.Name()] = kind + clean(signature(f.Type().(*types.Signature)))
			}
		}
	}
	return out
}

func describe(o types.Object) string {
	switch o := o.(type) {
	case *types.Const:
		return "const " + text(o.Type()) + " = " + o.Val().ExactString()
	case *types.Var:
		return "var " + text(o.Type())
	case *types.Func:
		return "func " + signature(o.Type().(*types.Signature))
	case *types.TypeName:
		switch u := o.Type().Underlying().(type) {
		case *types.Struct:
			return "type struct"
		case *types.Interface:
			return "type interface"
		case *types.Signature:
			return "type func " + signature(u)
		default:
			return "type " + text(u)
		}
	}
	return ""
}

func main() {
	bundled, source := os.Args[1], os.Args[2]
	ours, theirs := newWorld(bundled, source), newWorld(source)
	var paths []string
	filepath.WalkDir(bundled, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			rel, _ := filepath.Rel(bundled, path)
			if names, _ := filepath.Glob(filepath.Join(path, "*.go")); len(names) > 0 && !strings.Contains(rel, "internal") {
				paths = append(paths, rel)
			}
		}
		return nil
	})
	sort.Strings(paths)
	for _, path := range paths {
		want, err := theirs.Import(path)
		if err != nil {
			fmt.Println(path, "is not in Go's library")
			continue
		}
		got, err := ours.Import(path)
		if err != nil {
			fmt.Println(path, err)
			continue
		}
		compare(path, got, want)
	}
}

func compare(path string, got, want *types.Package) {
	for _, name := range want.Scope().Names() {
		w := want.Scope().Lookup(name)
		if !w.Exported() {
			continue
		}
		g := got.Scope().Lookup(name)
		if g == nil {
			fmt.Printf("%s.%s is missing: %s\n", path, name, describe(w))
			continue
		}
		if a, b := describe(g), describe(w); a != b {
			fmt.Printf("%s.%s is %s, want %s\n", path, name, a, b)
			continue
		}
		if _, ok := w.(*types.TypeName); !ok {
			continue
		}
		have := members(g.Type())
		need := members(w.Type())
		var keys []string
		for k := range need {
			keys = append(keys, k)
		}
		sort.Strings(keys)
		for _, k := range keys {
			if have[k] == "" {
				fmt.Printf("%s.%s.%s is missing: %s\n", path, name, k, need[k])
			} else if have[k] != need[k] {
				fmt.Printf("%s.%s.%s is %s, want %s\n", path, name, k, have[k], need[k])
			}
		}
	}
	for _, name := range got.Scope().Names() {
		if token.IsExported(name) && want.Scope().Lookup(name) == nil {
			fmt.Printf("%s.%s is not Go's\n", path, name)
		}
	}
}
