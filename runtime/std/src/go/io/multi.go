package io

type multiReader struct {
	readers []Reader
}

// endReader is what an exhausted reader becomes.
type endReader struct{}

func (endReader) Read([]byte) (int, error) { return 0, EOF }

// MultiReader reads its readers one after the other.
func MultiReader(readers ...Reader) Reader {
	return &multiReader{append([]Reader(nil), readers...)}
}

func (m *multiReader) Read(p []byte) (n int, err error) {
	for len(m.readers) > 0 {
		// A sole nested multiReader is taken over.
		if len(m.readers) == 1 {
			if inner, ok := m.readers[0].(*multiReader); ok {
				m.readers = inner.readers
				continue
			}
		}
		n, err = m.readers[0].Read(p)
		if err == EOF {
			// The reader may be freed; another that took the list over still reads it.
			m.readers[0] = endReader{}
			m.readers = m.readers[1:]
		}
		if n > 0 || err != EOF {
			if err == EOF && len(m.readers) > 0 {
				err = nil
			}
			return n, err
		}
	}
	return 0, EOF
}

func (m *multiReader) WriteTo(w Writer) (n int64, err error) {
	buf := make([]byte, 32*1024)
	for i, r := range m.readers {
		var got int64
		if inner, ok := r.(*multiReader); ok {
			got, err = inner.WriteTo(w)
		} else {
			got, err = copyBuffer(w, r, buf)
		}
		n += got
		if err != nil {
			m.readers = m.readers[i:]
			return n, err
		}
		m.readers[i] = endReader{}
	}
	m.readers = nil
	return n, nil
}

type multiWriter struct {
	writers []Writer
}

// MultiWriter writes to all its writers.
func MultiWriter(writers ...Writer) Writer {
	var all []Writer
	for _, w := range writers {
		if m, ok := w.(*multiWriter); ok {
			all = append(all, m.writers...)
		} else {
			all = append(all, w)
		}
	}
	return &multiWriter{all}
}

func (m *multiWriter) Write(p []byte) (n int, err error) {
	for _, w := range m.writers {
		n, err = w.Write(p)
		if err != nil {
			return n, err
		}
		if n != len(p) {
			return n, ErrShortWrite
		}
	}
	return len(p), nil
}

func (m *multiWriter) WriteString(s string) (n int, err error) {
	var p []byte
	for _, w := range m.writers {
		if sw, ok := w.(StringWriter); ok {
			n, err = sw.WriteString(s)
		} else {
			if p == nil {
				p = []byte(s)
			}
			n, err = w.Write(p)
		}
		if err != nil {
			return n, err
		}
		if n != len(s) {
			return n, ErrShortWrite
		}
	}
	return len(s), nil
}
