package problem

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestOf(t *testing.T) {
	field := Field("title", "Give it a title.")
	for _, tt := range []struct {
		name string
		err  error
		code Code
		text string
	}{
		{"a problem is itself", field, Invalid, "Give it a title."},
		{"a wrapped problem keeps its sentence", fmt.Errorf("filing: %w", field), Invalid, "Give it a title."},
		{"anything else is ours to fix", errors.New("pq: password is hunter2"), Internal, "logged"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Of(tt.err)
			if got.Code != tt.code || !strings.Contains(got.Text, tt.text) {
				t.Errorf("Of(%v) = %s, %q", tt.err, got.Code, got.Text)
			}
			if strings.Contains(got.Text, "hunter2") {
				t.Errorf("the sentence for a person reveals the cause: %q", got.Text)
			}
		})
	}
}
