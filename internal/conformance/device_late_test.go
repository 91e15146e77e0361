package conformance

import (
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/result"
)

// TestWhatIsHeardLateIsNotHiddenByWhatWasToldMeanwhile has a device find something, and
// the job tell results of it once more before the report of that comes.
func TestWhatIsHeardLateIsNotHiddenByWhatWasToldMeanwhile(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.persona(t, access.Employee)
		drifts, returns := h.laptopOf(t, access.Employee, now), h.laptopOf(t, access.Employee, now)
		h.reports1(t, drifts, now)
		h.reports1(t, returns, now)
		h.reports1(t, drifts, now.Add(week-24*time.Hour))
		found := now.Add(week - 12*time.Hour)
		h.tendDevices(t, found.Add(time.Hour)) // the pass would lapse: it is told again
		later := found.Add(8 * time.Hour)
		_, err := h.deliver(t, drifts, later, drifts.report(found, off))
		must(t, err)
		if got := h.latest(t, "device.disk-encrypted", drifts, later); got.State != result.Fail {
			t.Errorf("a drift that was told of late is %+v", got)
		}
		h.reports1(t, drifts, later.Add(time.Hour))
		if got := h.latest(t, "device.disk-encrypted", drifts, later.Add(time.Hour)); got.State != result.Pass {
			t.Errorf("mended it is %+v", got)
		}

		found = now.Add(week - time.Hour)
		h.tendDevices(t, now.Add(week+time.Hour)) // silent for seven days
		later = now.Add(week + 2*time.Hour)
		if got := h.latest(t, result.DeviceReporting, returns, later); got.State != result.Fail {
			t.Errorf("silent it is %+v", got)
		}
		_, err = h.deliver(t, returns, later, returns.report(found))
		must(t, err)
		if got := h.latest(t, result.DeviceReporting, returns, later); got.State != result.Pass {
			t.Errorf("heard of again it is %+v", got)
		}
	})
}
