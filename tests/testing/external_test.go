package calc_test

import (
	"testing"

	"example.com/calc"
)

func TestExt(t *testing.T) {
	if calc.Add(2, 2) != 4 {
		t.Fail()
	}
}
