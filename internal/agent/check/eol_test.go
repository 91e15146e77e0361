package check

import (
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/wire"
)

func at(day string) time.Time {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return t
}

func TestJudgeRelease(t *testing.T) {
	sold := wire.Usual()
	sold.AcceptExtended = false
	for _, tt := range []struct {
		name                      string
		product, release, edition string
		at                        string
		settings                  wire.Settings
		want                      wire.Reason
		verdict                   wire.Verdict
	}{
		{"on its last day, a release ends soon", "fedora", "43", "", "2026-12-09", wire.Usual(), wire.EOLSoon, wire.Pass},
		{"the day after has none", "fedora", "43", "", "2026-12-10", wire.Usual(), wire.EOLPassed, wire.Fail},
		{"91 days before its end nothing is said", "fedora", "43", "", "2026-09-09", wire.Usual(), "", wire.Pass},
		{"90 days before its end it is said", "fedora", "43", "", "2026-09-10", wire.Usual(), wire.EOLSoon, wire.Pass},
		{"a community's extended support counts where accepted", "debian", "12", "", "2026-11-26", wire.Usual(), wire.ExtendedSupport, wire.Pass},
		{"and does not where it is not", "debian", "12", "", "2026-11-26", sold, wire.EOLPassed, wire.Fail},
		{"and ends too", "debian", "11", "", "2026-11-26", wire.Usual(), wire.EOLPassed, wire.Fail},
		{"support that is sold cannot be seen and is no pass", "windows", "19045", "pro", "2026-11-26", wire.Usual(), wire.EOLPassed, wire.Fail},
		{"the edition decides: Pro", "windows", "26100", "pro", "2026-11-26", wire.Usual(), wire.EOLPassed, wire.Fail},
		{"the edition decides: Enterprise", "windows", "26100", "enterprise", "2026-11-26", wire.Usual(), "", wire.Pass},
		{"an edition of which nothing is known is no pass", "windows", "26200", "ltsc", "2026-11-26", wire.Usual(), wire.UnknownRelease, wire.CouldNotTell},
		{"a late one-off update keeps no macOS alive", "macos", "11", "", "2026-01-01", wire.Usual(), wire.EOLPassed, wire.Fail},
		{"a macOS whose end is near without a date cannot be told after a while", "macos", "14", "", "2026-11-26", wire.Usual(), wire.TableOld, wire.CouldNotTell},
		{"a macOS with years to go passes without a date", "macos", "26", "", "2026-11-26", wire.Usual(), "", wire.Pass},
		{"a release newer than the table is no pass", "macos", "27", "", "2026-11-26", wire.Usual(), wire.UnknownRelease, wire.CouldNotTell},
		{"on the 180th day the table is still believed", "macos", "26", "", "2027-02-18", wire.Usual(), "", wire.Pass},
		{"on the 181st it is not", "macos", "26", "", "2027-02-19", wire.Usual(), wire.TableOld, wire.CouldNotTell},
		{"an old table still knows what has ended", "fedora", "42", "", "2027-12-01", wire.Usual(), wire.EOLPassed, wire.Fail},
		{"an old table does not know new releases", "fedora", "47", "", "2027-12-01", wire.Usual(), wire.TableOld, wire.CouldNotTell},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := judgeRelease(tt.product, tt.release, tt.edition, Input{Settings: tt.settings, Now: at(tt.at)})
			if got.Verdict != tt.verdict || got.Reason != tt.want {
				t.Errorf("%s %s on %s: %s(%s), want %s(%s)", tt.product, tt.release, tt.at, got.Verdict, got.Reason, tt.verdict, tt.want)
			}
		})
	}
}
