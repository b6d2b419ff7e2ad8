package main_test

import (
	"testing"

	program "example.com/coverage/program"
)

func TestAnswer(t *testing.T) {
	if program.Answer() != 42 {
		t.Fail()
	}
}
