package device

import (
	"time"

	"github.com/toucan-grc/toucan/internal/wire"
)

// taken is what becomes of a delivery.
type taken struct {
	fresh  []wire.Report // that were not received yet, oldest first
	again  bool          // it was received before, and gets the same answer
	alive  bool          // again, but sent anew: the device is there
	code   wire.Code     // why it is refused; empty: it is not
	copied bool          // two machines report under one name
	gap    int64         // reports that never came
}

// accept says what becomes of a delivery that the device's key signed, from what is
// kept of its reports:
//
//   - The newest report is the one received last: the same answer. Sent anew it shows
//     that the device is there; word for word the same it shows nothing.
//   - Its numbers were used for other reports: sent before the last one it is a replay,
//     which is refused and no more. Sent later it is a copy of the device, or the device
//     put back to an earlier day: from then on nothing counts until it enrols anew,
//     because which of the two speaks cannot be told.
//   - A report that says it follows the last one, and names another: the same.
//   - A number left out: a report that never came. It is counted.
//
// Clocks play no part in it, but to tell a replay from a copy.
func accept(s source, d wire.Delivery) taken {
	if s.trouble == Copied {
		return taken{code: wire.Behind}
	}
	newest := d.Reports[len(d.Reports)-1]
	switch {
	case newest.Seq == s.seq && newest.Hash() == s.hash:
		return taken{again: true, alive: d.SentAt > s.sent}
	case newest.Seq <= s.seq:
		return taken{code: wire.Behind, copied: d.SentAt > s.sent}
	}
	var out taken
	last := s.seq
	for _, r := range d.Reports {
		if r.Seq < s.seq {
			continue
		}
		if r.Seq == s.seq {
			if r.Hash() != s.hash {
				return taken{code: wire.Behind, copied: true}
			}
			continue
		}
		if r.Seq == s.seq+1 && s.seq > 0 && r.Prev != s.hash {
			return taken{code: wire.Behind, copied: true}
		}
		out.gap += int64(r.Seq - last - 1)
		last = r.Seq
		out.fresh = append(out.fresh, r)
	}
	return out
}

// moments are when reports were found, by our clock: as long before the delivery as the
// device says, whatever its clock shows, after what came before and in their order.
func moments(reports []wire.Report, sent int64, after, now int64) []int64 {
	out := make([]int64, len(reports))
	next := now
	for i := len(reports) - 1; i >= 0; i-- {
		ago := min(max(sent-reports[i].ObservedAt, 0), 10*366*24*3600) // seconds
		at := now - ago*int64(time.Second/time.Microsecond)
		out[i] = max(min(at, next), after+int64(i)+1)
		next = out[i] - 1
	}
	for i := range out { // a clock of ours that went back leaves no room: now is the end of it
		out[i] = min(out[i], now-int64(len(out)-1-i))
	}
	return out
}
