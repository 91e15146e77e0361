package web

import (
	"fmt"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/posture"
	"github.com/toucan-grc/toucan/internal/result"
)

// deviceYear draws the checks of a device over a year: a row for each check, a band
// for each stretch in which it stood alike. The lines say the same as a table.
type deviceYear struct {
	year
	Stretches []deviceStretch
}

// deviceStretch is one line of the table beneath: it is listed when it is not a pass.
type deviceStretch struct{ Check, From, To, Mark, Words string }

// shownYear is the twelve months to a day.
func shownYear(now time.Time, zone *time.Location) cadence.Days {
	today := cadence.DateOf(now, zone)
	return cadence.Days{From: today.AddMonths(-12) + 1, To: today}
}

// deviceYearOf draws what is known of a device.
func deviceYearOf(d device.Device, strips []device.Strip, now time.Time, zone *time.Location) deviceYear {
	days := shownYear(now, zone)
	zones := cadence.In(zone)
	s := scaleOf(days, zones)
	y := deviceYear{year: year{ID: "year", Days: days, Ticks: s.ticks(), Now: pct(s.at(posture.MomentOf(now)))}}
	fails := 0
	for _, strip := range strips {
		row := yearRow{Name: checkShort(strip.Check)}
		for _, x := range strip.Pieces {
			state := string(x.State)
			words := x.State.Words()
			if x.Reason != "" {
				words += ": " + lowerFirst(x.Reason)
			}
			if x.State == result.NotApplicable && strings.HasPrefix(x.Reason, waived) {
				state, words = waived, x.Reason
			}
			from, to := dayWords(cadence.DateOf(x.From, zone)), dayWords(cadence.DateOf(x.To, zone))
			if !x.To.Before(now) {
				to = "now"
			}
			if b, ok := s.band("dev-"+state, s.at(posture.MomentOf(x.From)), s.at(min(posture.MomentOf(x.To), posture.MomentOf(now))), strip.Check.Label()+" "+words+", "+from+" to "+to); ok {
				row.Bands = append(row.Bands, b)
				if x.State != result.Pass {
					y.Stretches = append(y.Stretches, deviceStretch{strip.Check.Label(), from, to, deviceMark(state), words})
				}
				if x.State == result.Fail {
					fails++
				}
			}
		}
		y.Rows = append(y.Rows, row)
	}
	y.Height = yearHead + yearTall*len(y.Rows)
	for i := range y.Rows {
		y.Rows[i].Y = yearHead + yearTall*i
	}
	y.Label = fmt.Sprintf("%s over twelve months, %s: %s. The table beneath says the same.", deviceTitle(d), daysWords(days), plural(fails, "stretch in which a check failed", "stretches in which a check failed"))
	return y
}
