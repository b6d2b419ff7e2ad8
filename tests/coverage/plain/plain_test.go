package plain_test

import (
	"testing"

	. "example.com/coverage/plain"
)

func TestDouble(t *testing.T) {
	if Double(2) != 4 {
		t.Fatal("wrong")
	}
}
