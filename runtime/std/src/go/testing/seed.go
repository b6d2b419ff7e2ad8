package testing

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// parseSeed reads a seed's file: a version line, then one Go conversion a line, such as `int(5)` or `[]byte("x")`.
func parseSeed(text string) ([]any, error) {
	version, rest, _ := strings.Cut(text, "\n")
	if strings.TrimSuffix(version, "\r") != "go test fuzz v1" {
		return nil, fmt.Errorf("unmarshal: must include version and at least one value")
	}
	var values []any
	for line := range strings.Lines(rest) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		v, err := parseValue(line)
		if err != nil {
			return nil, fmt.Errorf("malformed line %q: %v", line, err)
		}
		values = append(values, v)
	}
	if len(values) == 0 {
		return nil, errors.New("unmarshal: must include version and at least one value")
	}
	return values, nil
}

func parseValue(line string) (any, error) {
	kind, arg, ok := strings.Cut(strings.TrimSuffix(line, ")"), "(")
	if !ok || !strings.HasSuffix(line, ")") {
		return nil, errors.New("expected call expression")
	}
	switch kind {
	case "string", "[]byte":
		s, err := strconv.Unquote(arg)
		if kind == "string" {
			return s, err
		}
		return []byte(s), err
	case "bool":
		return strconv.ParseBool(arg)
	case "float32", "float64":
		return parseFloat(kind, arg)
	case "math.Float32frombits":
		n, err := strconv.ParseUint(arg, 0, 32)
		return math.Float32frombits(uint32(n)), err
	case "math.Float64frombits":
		n, err := strconv.ParseUint(arg, 0, 64)
		return math.Float64frombits(n), err
	}
	return parseInteger(kind, arg)
}

func parseFloat(kind, arg string) (any, error) {
	if kind == "float32" {
		x, err := strconv.ParseFloat(arg, 32)
		return float32(x), err
	}
	return strconv.ParseFloat(arg, 64)
}

func parseInteger(kind, arg string) (any, error) {
	if strings.HasPrefix(arg, "'") {
		if kind != "rune" && kind != "int32" && kind != "byte" && kind != "uint8" {
			return nil, fmt.Errorf("character literal required for byte or rune")
		}
		s, err := strconv.Unquote(arg)
		if err != nil {
			return nil, err
		}
		r := []rune(s)[0]
		if kind == "byte" || kind == "uint8" {
			return byte(r), nil
		}
		return r, nil
	}
	signed := func(bits int) (int64, error) { return strconv.ParseInt(arg, 0, bits) }
	unsigned := func(bits int) (uint64, error) { return strconv.ParseUint(arg, 0, bits) }
	var n int64
	var u uint64
	var err error
	switch kind {
	case "int":
		n, err = signed(64)
		return int(n), err
	case "int8":
		n, err = signed(8)
		return int8(n), err
	case "int16":
		n, err = signed(16)
		return int16(n), err
	case "int32", "rune":
		n, err = signed(32)
		return int32(n), err
	case "int64":
		n, err = signed(64)
		return n, err
	case "uint":
		u, err = unsigned(64)
		return uint(u), err
	case "uint8", "byte":
		u, err = unsigned(8)
		return byte(u), err
	case "uint16":
		u, err = unsigned(16)
		return uint16(u), err
	case "uint32":
		u, err = unsigned(32)
		return uint32(u), err
	case "uint64":
		u, err = unsigned(64)
		return u, err
	}
	return nil, fmt.Errorf("unsupported type %s", kind)
}
