// Package filepath handles paths of the operating system, here those with slashes.
package filepath

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"
)

const (
	Separator     = os.PathSeparator
	ListSeparator = os.PathListSeparator
)

var (
	ErrBadPattern       = path.ErrBadPattern
	SkipDir       error = fs.SkipDir
	SkipAll       error = fs.SkipAll
)

func Clean(path_ string) string                            { return path.Clean(path_) }
func Split(path_ string) (dir, file string)                { return path.Split(path_) }
func Join(elem ...string) string                           { return path.Join(elem...) }
func Ext(path_ string) string                              { return path.Ext(path_) }
func Base(path_ string) string                             { return path.Base(path_) }
func Dir(path_ string) string                              { return path.Dir(path_) }
func IsAbs(path_ string) bool                              { return path.IsAbs(path_) }
func ToSlash(path_ string) string                          { return path_ }
func FromSlash(path_ string) string                        { return path_ }
func VolumeName(path_ string) string                       { return "" }
func Match(pattern, name string) (matched bool, err error) { return path.Match(pattern, name) }

// HasPrefix is strings.HasPrefix, kept for old programs.
func HasPrefix(p, prefix string) bool { return strings.HasPrefix(p, prefix) }

func SplitList(list string) []string {
	if list == "" {
		return []string{}
	}
	return strings.Split(list, string(ListSeparator))
}

// IsLocal reports whether a path stays below the folder it is used in.
func IsLocal(path_ string) bool {
	if path_ == "" || IsAbs(path_) {
		return false
	}
	clean := Clean(path_)
	return clean != ".." && !strings.HasPrefix(clean, "../")
}

// Localize is a slash-separated path as the system has it.
func Localize(path_ string) (string, error) {
	if !fs.ValidPath(path_) || strings.IndexByte(path_, 0) >= 0 {
		return "", errors.New("invalid path")
	}
	return path_, nil
}

// Abs is path_ from the root on.
func Abs(path_ string) (string, error) {
	if IsAbs(path_) {
		return Clean(path_), nil
	}
	wd, err := os.Getwd()
	if err != nil {
		return "", err
	}
	return Join(wd, path_), nil
}

// Rel is a path that leads from base to target.
func Rel(base, target string) (string, error) {
	failure := errors.New("Rel: can't make " + target + " relative to " + base)
	base, target = Clean(base), Clean(target)
	if target == base {
		return ".", nil
	}
	if base == "." {
		base = ""
	}
	if IsAbs(base) != IsAbs(target) {
		return "", failure
	}
	from, to := strings.FieldsFunc(base, isSlash), strings.FieldsFunc(target, isSlash)
	n := 0
	for n < len(from) && n < len(to) && from[n] == to[n] {
		n++
	}
	if target == "." {
		to = nil
		n = 0
	}
	for _, e := range from[n:] {
		if e == ".." {
			return "", failure
		}
	}
	up := slices.Repeat([]string{".."}, len(from)-n)
	return strings.Join(append(up, to[n:]...), "/"), nil
}

func isSlash(r rune) bool { return r == '/' }

// A WalkFunc is called by Walk for each file and folder.
type WalkFunc func(path string, info fs.FileInfo, err error) error

// Walk calls fn for all that is below root, in the order of names; it does not follow links.
func Walk(root string, fn WalkFunc) error {
	info, err := os.Lstat(root)
	if err != nil {
		err = fn(root, nil, err)
	} else {
		err = walk(root, info, fn)
	}
	if err == SkipDir || err == SkipAll {
		return nil
	}
	return err
}

func walk(name string, info fs.FileInfo, fn WalkFunc) error {
	if !info.IsDir() {
		return fn(name, info, nil)
	}
	list, err := os.ReadDir(name)
	if fnErr := fn(name, info, err); err != nil || fnErr != nil {
		return fnErr
	}
	for _, entry := range list {
		child := Join(name, entry.Name())
		info, err := os.Lstat(child)
		if err != nil {
			if err := fn(child, info, err); err != nil && err != SkipDir {
				return err
			}
			continue
		}
		if err := walk(child, info, fn); err != nil {
			if !info.IsDir() || err != SkipDir {
				return err
			}
		}
	}
	return nil
}

// WalkDir is Walk with what is known from the folder alone.
func WalkDir(root string, fn fs.WalkDirFunc) error {
	info, err := os.Lstat(root)
	if err != nil {
		err = fn(root, nil, err)
	} else {
		err = walkDir(root, fs.FileInfoToDirEntry(info), fn)
	}
	if err == SkipDir || err == SkipAll {
		return nil
	}
	return err
}

func walkDir(name string, d fs.DirEntry, fn fs.WalkDirFunc) error {
	if err := fn(name, d, nil); err != nil || !d.IsDir() {
		if err == SkipDir && d.IsDir() {
			err = nil
		}
		return err
	}
	list, err := os.ReadDir(name)
	if err != nil {
		if err = fn(name, d, err); err != nil {
			if err == SkipDir && d.IsDir() {
				err = nil
			}
			return err
		}
	}
	for _, entry := range list {
		if err := walkDir(Join(name, entry.Name()), entry, fn); err != nil {
			if err == SkipDir {
				break
			}
			return err
		}
	}
	return nil
}

// EvalSymlinks is path_ with all symbolic links resolved.
func EvalSymlinks(path_ string) (string, error) {
	links := 0
	done, rest := "", path_
	if IsAbs(rest) {
		done = "/"
	}
	for rest != "" {
		elem, after, slash := strings.Cut(rest, "/")
		rest = after
		if elem == "" || elem == "." {
			continue
		}
		if elem == ".." {
			done = Join(done, "..")
			continue
		}
		next := Join(done, elem)
		info, err := os.Lstat(next)
		if err != nil {
			return "", err
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			if !info.IsDir() && slash {
				return "", syscall.ENOTDIR
			}
			done = next
			continue
		}
		if links++; links > 255 {
			return "", errors.New("EvalSymlinks: too many links")
		}
		link, err := os.Readlink(next)
		if err != nil {
			return "", err
		}
		if IsAbs(link) {
			done = "/"
		}
		if slash {
			link += "/" + rest
		}
		rest = link
	}
	return Clean(done), nil
}

func hasMeta(name string) bool { return strings.ContainsAny(name, `*?[\`) }

// Glob lists the files that fit a pattern.
func Glob(pattern string) (matches []string, err error) { return glob(pattern, 0) }

// Folders of a pattern beyond which it counts as malformed.
const maxFolders = 10000

func glob(pattern string, folders int) (matches []string, err error) {
	if folders == maxFolders {
		return nil, ErrBadPattern
	}
	if _, err := Match(pattern, ""); err != nil {
		return nil, err
	}
	if !hasMeta(pattern) {
		if _, err := os.Lstat(pattern); err != nil {
			return nil, nil
		}
		return []string{pattern}, nil
	}
	dir, file := Split(pattern)
	switch dir {
	case "":
		dir = "."
	case "/":
	default:
		dir = dir[:len(dir)-1]
	}
	dirs := []string{dir}
	if hasMeta(dir) {
		if dirs, err = glob(dir, folders+1); err != nil {
			return nil, err
		}
	}
	for _, d := range dirs {
		list, err := os.ReadDir(d)
		if err != nil {
			continue
		}
		for _, entry := range list {
			ok, err := Match(file, entry.Name())
			if err != nil {
				return matches, err
			}
			if ok {
				matches = append(matches, Join(d, entry.Name()))
			}
		}
	}
	return matches, nil
}
