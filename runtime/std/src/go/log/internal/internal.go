// Package internal connects packages log and log/slog.
package internal

// DefaultOutput writes a line with the standard logger; pc is where it comes from.
var DefaultOutput func(pc uintptr, data []byte) error
