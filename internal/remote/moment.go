package remote

import (
	"encoding/json"
	"fmt"
	"time"
)

// Moment is a time in an answer: 2026-04-02T15:02:38Z, with fractions or without.
// Null and "" are no moment. Anything else, and years nobody can mean, is refused.
type Moment struct{ time.Time }

// UnmarshalJSON reads it.
func (m *Moment) UnmarshalJSON(b []byte) error {
	var s *string
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("%.40s is not a moment", b)
	}
	if s == nil || *s == "" {
		m.Time = time.Time{}
		return nil
	}
	t, err := time.Parse(time.RFC3339, *s)
	if err != nil || t.Year() < 1990 || t.Year() > 2200 {
		return fmt.Errorf("%.40q is not a moment such as 2026-04-02T15:02:38Z", *s)
	}
	m.Time = t.UTC()
	return nil
}
