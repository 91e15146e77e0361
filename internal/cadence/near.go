package cadence

// Nearness says how the day on which something is due stands to today. The values
// are names of filters, so they do not change.
type Nearness string

const (
	Unset   Nearness = "none"    // nobody said when
	Overdue Nearness = "overdue" // the day is over
	Soon    Nearness = "soon"    // today, or within the days that count as soon
	Later   Nearness = "later"
)

// Near says how near a day is; soon is how many days ahead still count as soon. What
// is due today is not overdue.
func (d Date) Near(today Date, soon int) Nearness {
	switch {
	case !d.Known():
		return Unset
	case d < today:
		return Overdue
	case d <= today+Date(soon):
		return Soon
	}
	return Later
}
