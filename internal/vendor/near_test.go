package vendor

import (
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/register"
)

func TestAReviewThatIsNearIsAskedFor(t *testing.T) {
	today := cadence.On(2026, 3, 10)
	for _, tt := range []struct {
		on    cadence.Date
		owner string
		gone  bool
		near  cadence.Nearness
		asked bool
	}{
		{0, "p", false, cadence.Unset, false},
		{today - 1, "p", false, cadence.Overdue, true},
		{today, "p", false, cadence.Soon, true},
		{today + 14, "p", false, cadence.Soon, true},
		{today + 15, "p", false, cadence.Later, false},
		{today, "", false, cadence.Soon, false},
		{today, "p", true, cadence.Soon, false},
	} {
		v := Vendor{ReviewOn: tt.on, Owner: tt.owner}
		if tt.gone {
			v.Entry = register.Entry{RetiredAt: time.Unix(1, 0)}
		}
		if _, asked := v.Review(today); v.Near(today) != tt.near || asked != tt.asked {
			t.Errorf("%+v: %s and asked %t", tt, v.Near(today), asked)
		}
	}
}
