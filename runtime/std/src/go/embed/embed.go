// Package embed gives access to files that //go:embed directives put into the program.
package embed

import (
	"errors"
	"io"
	"io/fs"
	"time"
)

// An FS is a read-only tree of files. The zero FS is empty.
type FS struct {
	// Sorted by folder, then by name; folders end in a slash. The compiler fills it in.
	files *[]file
}

// A file is also its own directory entry and its own description.
type file struct {
	name string
	data string
	hash [16]byte
}

var root = &file{name: "./"}

var (
	_ fs.ReadDirFS   = FS{}
	_ fs.ReadFileFS  = FS{}
	_ fs.FileInfo    = (*file)(nil)
	_ fs.DirEntry    = (*file)(nil)
	_ io.ReaderAt    = (*openFile)(nil)
	_ io.Seeker      = (*openFile)(nil)
	_ fs.ReadDirFile = (*openDir)(nil)
)

// split cuts a name, with or without a slash at its end, into folder and last element.
func split(name string) (dir, elem string, isDir bool) {
	if n := len(name); n > 0 && name[n-1] == '/' {
		isDir = true
		name = name[:n-1]
	}
	for i := len(name) - 1; i >= 0; i-- {
		if name[i] == '/' {
			return name[:i], name[i+1:], isDir
		}
	}
	return ".", name, isDir
}

func (f *file) Name() string               { _, elem, _ := split(f.name); return elem }
func (f *file) Size() int64                { return int64(len(f.data)) }
func (f *file) ModTime() time.Time         { return time.Time{} }
func (f *file) IsDir() bool                { _, _, isDir := split(f.name); return isDir }
func (f *file) Sys() any                   { return nil }
func (f *file) Type() fs.FileMode          { return f.Mode().Type() }
func (f *file) Info() (fs.FileInfo, error) { return f, nil }
func (f *file) String() string             { return fs.FormatFileInfo(f) }

func (f *file) Mode() fs.FileMode {
	if f.IsDir() {
		return fs.ModeDir | 0555
	}
	return 0444
}

// first is the index of the first file at or behind (dir, elem).
func (f FS) first(dir, elem string) int {
	files := *f.files
	low, high := 0, len(files)
	for low < high {
		middle := int(uint(low+high) >> 1)
		d, e, _ := split(files[middle].name)
		if d < dir || d == dir && e < elem {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

func (f FS) lookup(name string) *file {
	if !fs.ValidPath(name) {
		return nil
	}
	if name == "." {
		return root
	}
	if f.files == nil {
		return nil
	}
	dir, elem, _ := split(name)
	if i := f.first(dir, elem); i < len(*f.files) {
		found := &(*f.files)[i]
		if d, e, _ := split(found.name); d == dir && e == elem {
			return found
		}
	}
	return nil
}

func (f FS) list(dir string) []file {
	if f.files == nil {
		return nil
	}
	start := f.first(dir, "")
	end := start
	for end < len(*f.files) {
		if d, _, _ := split((*f.files)[end].name); d != dir {
			break
		}
		end++
	}
	return (*f.files)[start:end]
}

// Open opens the named file or folder.
func (f FS) Open(name string) (fs.File, error) {
	found := f.lookup(name)
	if found == nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	if found.IsDir() {
		return &openDir{found, f.list(name), 0}, nil
	}
	return &openFile{found, 0}, nil
}

// ReadDir lists the named folder.
func (f FS) ReadDir(name string) ([]fs.DirEntry, error) {
	opened, err := f.Open(name)
	if err != nil {
		return nil, err
	}
	dir, ok := opened.(*openDir)
	if !ok {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("not a directory")}
	}
	entries := make([]fs.DirEntry, len(dir.files))
	for i := range entries {
		entries[i] = &dir.files[i]
	}
	return entries, nil
}

// ReadFile gives the contents of the named file.
func (f FS) ReadFile(name string) ([]byte, error) {
	opened, err := f.Open(name)
	if err != nil {
		return nil, err
	}
	found, ok := opened.(*openFile)
	if !ok {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("is a directory")}
	}
	return []byte(found.f.data), nil
}

type openFile struct {
	f      *file
	offset int64
}

func (o *openFile) Close() error               { return nil }
func (o *openFile) Stat() (fs.FileInfo, error) { return o.f, nil }

func (o *openFile) Read(b []byte) (int, error) {
	if o.offset >= int64(len(o.f.data)) {
		return 0, io.EOF
	}
	if o.offset < 0 {
		return 0, &fs.PathError{Op: "read", Path: o.f.name, Err: fs.ErrInvalid}
	}
	n := copy(b, o.f.data[o.offset:])
	o.offset += int64(n)
	return n, nil
}

func (o *openFile) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += o.offset
	case io.SeekEnd:
		offset += int64(len(o.f.data))
	}
	if offset < 0 || offset > int64(len(o.f.data)) {
		return 0, &fs.PathError{Op: "seek", Path: o.f.name, Err: fs.ErrInvalid}
	}
	o.offset = offset
	return offset, nil
}

func (o *openFile) ReadAt(b []byte, offset int64) (int, error) {
	if offset < 0 || offset > int64(len(o.f.data)) {
		return 0, &fs.PathError{Op: "read", Path: o.f.name, Err: fs.ErrInvalid}
	}
	n := copy(b, o.f.data[offset:])
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

type openDir struct {
	f      *file
	files  []file
	offset int
}

func (d *openDir) Close() error               { return nil }
func (d *openDir) Stat() (fs.FileInfo, error) { return d.f, nil }

func (d *openDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.f.name, Err: errors.New("is a directory")}
}

func (d *openDir) ReadDir(count int) ([]fs.DirEntry, error) {
	n := len(d.files) - d.offset
	if n == 0 {
		if count <= 0 {
			return nil, nil
		}
		return nil, io.EOF
	}
	if count > 0 && n > count {
		n = count
	}
	entries := make([]fs.DirEntry, n)
	for i := range entries {
		entries[i] = &d.files[d.offset+i]
	}
	d.offset += n
	return entries, nil
}
