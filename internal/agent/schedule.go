package agent

import (
	"crypto/sha256"
	"encoding/binary"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/wire"
)

const (
	lookEvery  = time.Hour        // how often the machine is looked at when nothing wakes the agent
	settle     = time.Second      // after a change, until what goes with it is written too
	firstPause = 30 * time.Second // after the first failed try, at most
	maxPause   = time.Hour
)

// slot is the moment within each interval at which a device reports. It is drawn from
// the device's id, so the reports of many devices spread over the interval and stay
// spread after an outage.
func slot(id wire.ID, interval time.Duration) time.Duration {
	sum := sha256.Sum256([]byte("toucan device slot\n" + string(id)))
	return time.Duration(binary.BigEndian.Uint64(sum[:8])%uint64(interval/time.Second)) * time.Second
}

// nextBeat is when a device reports next if nothing changes: at its slot, up to a tenth
// of the interval before or after it, and not within less than four tenths from now.
func nextBeat(id wire.ID, interval time.Duration, now time.Time, rnd float64) time.Time {
	earliest := now.Add(interval / 2).Unix()
	step, at := int64(interval/time.Second), int64(slot(id, interval)/time.Second)
	k := (earliest - at + step - 1) / step
	jitter := time.Duration((2*rnd - 1) * float64(interval) / 10)
	return time.Unix(k*step+at, 0).Add(jitter)
}

// pause is how long to wait after the given number of failed tries in a row: anything up
// to 30 seconds, doubled with each, an hour at most.
func pause(fails int, rnd float64) time.Duration {
	most := maxPause
	if fails < 8 {
		most = min(firstPause<<max(fails-1, 0), maxPause)
	}
	return max(time.Duration(rnd*float64(most)), time.Second)
}

// afterBoot is how long the first report waits: one to five minutes, so that a company
// that comes to work does not arrive at once.
func afterBoot(rnd float64) time.Duration {
	return time.Minute + time.Duration(rnd*float64(4*time.Minute))
}

// retryAfter reads the header of that name: seconds or a date, taken as one second to a
// day. It reports whether there is one.
func retryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if text == "" {
		return 0, false
	}
	wait := 24 * time.Hour
	if n, err := strconv.ParseUint(text, 10, 32); err == nil {
		wait = min(time.Duration(n)*time.Second, wait)
	} else if t, err := http.ParseTime(text); err == nil {
		wait = min(t.Sub(now), wait)
	} else if strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	return max(wait, time.Second), true
}

// budget keeps something that changes all the time, such as mounts where containers come
// and go, from keeping the agent busy: ten looks at once, then one in five minutes.
type budget struct {
	spent float64
	at    time.Time
}

const (
	burst  = 10
	refill = 5 * time.Minute
)

// take is when the next look that was not planned may be made, counted from now.
func (b *budget) take(now time.Time) time.Time {
	if gone := now.Sub(b.at); gone > 0 {
		b.spent = max(b.spent-float64(gone)/float64(refill), 0)
	}
	b.at = now
	b.spent++
	if b.spent <= burst {
		return now
	}
	return now.Add(time.Duration((b.spent - burst) * float64(refill)))
}
