package joiner

import (
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/people"
)

// TestTheStepAboutTheDeviceClosesByItself where a device of the person reports, and is
// ticked by hand where none does.
func TestTheStepAboutTheDeviceClosesByItself(t *testing.T) {
	w := world(firm(person("bob", "2026-03-02", "")))
	w.settle(t)
	r := w.one(t, Joining)
	if s := r.step(t, "ON-09"); s.State != ToDo || settles(r, s, StepDone) != nil {
		t.Errorf("without a device it is %s, and by hand: %v", s.State, settles(r, s, StepDone))
	}
	at := noon.Add(-time.Hour)
	w.Closed = map[people.Check]map[string]time.Time{device.Enrolled: {"bob": at}}
	w.settle(t)
	if s := w.one(t, Joining).step(t, "ON-09"); s.State != StepDone || !s.At.Equal(at) || s.Note != "Closed by itself: a device of theirs reports, and no check of it fails." {
		t.Errorf("with a device that passes it is %+v", s)
	}
}
