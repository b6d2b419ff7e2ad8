// Package testmain is what a generated test program hands to package testing.
package testmain

// Deps are the dependencies of one test program.
type Deps struct {
	Path string
}

// New has the dependencies of the test program of a package.
func New(path string) Deps { return Deps{Path: path} }

// ImportPath is the path of the tested package.
func (d Deps) ImportPath() string { return d.Path }

// MatchString reports whether the regular expression matches anywhere in s.
func (d Deps) MatchString(pattern, s string) (bool, error) {
	p, ok := compiled[pattern]
	if !ok {
		var err error
		if p, err = compile(pattern); err != nil {
			return false, err
		}
		compiled[pattern] = p
	}
	return p.match(s), nil
}

// Test names are matched by one goroutine at a time: package testing holds a lock.
var compiled = map[string]*program{}
