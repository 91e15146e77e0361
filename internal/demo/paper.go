package demo

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/cadence"
	"github.com/toucan-grc/toucan/internal/document"
)

// paper makes the files of an occasion. What they say is invented, and fits the kind.
func (t *story) paper(r routine, o occasion, title string, by access.Actor) []paper {
	base := fileName(title)
	table := func(head string, n int, row func(i int) []string) paper {
		out := document.Table{Rows: [][]string{strings.Split(head, ",")}}
		for i := range n {
			out.Rows = append(out.Rows, row(i))
		}
		var b bytes.Buffer
		_ = document.WriteCSV(&b, out) // a buffer takes everything
		return paper{base + ".csv", b.Bytes()}
	}
	k := hash(title)           // what differs from one occasion to the next
	on := func(i int) string { // a day the paper speaks of
		from := o.about.From
		return (from + cadence.Date((k+i*11)%max(1, int(o.on-from)+1))).String()
	}
	s := sheets{t: t, k: k, on: on, table: table, done: o.on.String(), by: by.Name()}
	if made := s.make(r.paper); made != nil {
		return made
	}
	lines := append([]string{title, Organisation, "Done on " + o.on.String() + " by " + by.Name() + ".", ""}, r.lines...)
	switch r.paper {
	case "pdf":
		return []paper{{base + ".pdf", portable(lines)}}
	case "chart":
		return []paper{{base + ".txt", text(lines)}, {base + ".png", chart(k)}}
	case "map":
		return []paper{{base + ".png", diagram()}}
	case "settings":
		return []paper{{base + ".txt", text(append(lines, settings(r.controls[0])...))}}
	case "restore":
		return []paper{{base + ".txt", text(append(lines, t.restored(o, k)...))}}
	}
	return []paper{{base + ".txt", text(lines)}}
}

func text(lines []string) []byte { return []byte(strings.Join(lines, "\n") + "\n") }

// fileName is a title as people name files.
func fileName(title string) string {
	words := strings.FieldsFunc(strings.ToLower(title), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	return strings.Join(words, "-")
}

// sheets makes the tables among the papers.
type sheets struct {
	t        *story
	k        int
	on       func(i int) string
	table    func(head string, n int, row func(i int) []string) paper
	done, by string
}

func (s sheets) person(i int) string { return s.t.person(s.k + i) }

// pick takes one of the choices, always the same for a number.
func pick(i int, choices ...string) string { return choices[i%len(choices)] }

func (s sheets) make(kind string) []paper {
	switch kind {
	case "review":
		return []paper{s.table("account,system,right,reviewer,decision,decided on", 42, func(i int) []string {
			return []string{s.person(i), pick(i, "Directory", "Production cloud", "Code hosting", "Support desk"), pick(i/4, "member", "reader", "deployer", "administrator"), s.by, pick(min(1, (s.k+i)%19), "remove", "keep"), s.done}
		}), {"sign-off.png", chart(s.k + 3)}}
	case "accountlist":
		return []paper{s.table("account,system,right,last sign-in", 42, func(i int) []string {
			return []string{s.person(i), pick(i, "Directory", "Production cloud", "Code hosting", "Support desk"), pick(i/4, "member", "reader", "deployer", "administrator"), s.on(i)}
		})}
	case "removals":
		return []paper{s.table("ticket,account,system,removed on,checked by", 3, func(i int) []string {
			return []string{fmt.Sprintf("IT-%d", 4000+s.k+i), s.person(i), pick(i, "Directory", "Code hosting", "Support desk"), s.done, s.by}
		})}
	case "accounts":
		return []paper{s.table("account,system,purpose,custodian,last changed", 18, func(i int) []string {
			return []string{fmt.Sprintf("svc-%s-%02d", pick(i, "deploy", "backup", "metrics"), i+1), pick(i, "Production cloud", "Code hosting", "Database"), pick(i, "releases", "copies", "figures"), s.by, s.on(i)}
		})}
	case "software":
		return []paper{s.table("name,version,maker supports it,needed by", 24, func(i int) []string {
			return []string{fmt.Sprintf("component-%02d", i+1), fmt.Sprintf("%d.%d.%d", 1+i%4, (s.k+i)%14, i%6), "yes", pick(i, "product", "office", "operations")}
		})}
	case "findings":
		return []paper{s.table("finding,found on,owner,due,state", 6, func(i int) []string {
			return []string{pick(s.k+i, "Two laptops without the newest system", "A policy still names a former owner", "A test account in staging was unused", "One vendor without a tier", "A procedure lacked its way back", "A report came without its source"), s.on(i), s.person(i), s.done, pick(i, "closed", "closed", "open, on time")}
		})}
	case "scan":
		return []paper{s.table("target,severity,weakness,first seen,state", 15, func(i int) []string {
			return []string{pick(i, "api", "web", "orders-db", "build"), pick(s.k+i, "low", "medium", "low", "high"), pick(i, "old library", "verbose header", "weak cipher offered", "missing patch"), s.on(i), pick(i, "fixed", "ticket open")}
		})}
	case "patches":
		return []paper{s.table("group,systems,up to date,oldest open,within deadline", 5, func(i int) []string {
			n := 12 + (s.k+i*7)%30
			return []string{pick(i, "Laptops", "Servers", "Containers", "Databases", "Network"), fmt.Sprint(n), fmt.Sprint(n - (s.k+i)%3), fmt.Sprintf("%d days", 3+(s.k+i)%20), "yes"}
		})}
	case "devices":
		return []paper{s.table("device,assigned to,seen on,in both registers", 40, func(i int) []string {
			return []string{fmt.Sprintf("laptop-%02d", i+1), s.person(i), s.done, "yes"}
		})}
	case "rules":
		return []paper{s.table("rule,from,to,port,reviewer,result", 20, func(i int) []string {
			return []string{fmt.Sprintf("R%02d", i+1), pick(i, "load balancer", "office", "build"), pick(i, "api", "web", "database"), pick(i, "443", "5432", "22"), s.by, pick((s.k+i)%9, "removed", "kept")}
		})}
	}
	return s.more(kind)
}

func (s sheets) more(kind string) []paper {
	switch kind {
	case "badges":
		return []paper{s.table("badge,holder,decision,decided on", 30, func(i int) []string {
			return []string{fmt.Sprintf("B%03d", 200+i), s.person(i), pick(min(1, (s.k+i)%15), "withdraw", "keep"), s.done}
		})}
	case "vendors":
		return []paper{s.table("vendor,service,tier,owner,looked at", 12, func(i int) []string {
			return []string{"Vendor " + string(rune('A'+i)), pick(i, "hosting", "mail", "payroll", "support desk"), pick(i, "high", "medium", "low"), s.person(i), s.on(i)}
		})}
	case "acknowledged", "training":
		return []paper{s.table("person,document or course,done on", len(s.t.names), func(i int) []string {
			return []string{s.t.names[i], pick(s.k, "current version", "course of the year"), s.on(i)}
		})}
	case "starters":
		return []paper{s.table("starter,screened on,terms signed on,account created on", 3+s.k%4, func(i int) []string {
			return []string{fmt.Sprintf("Starter %d", s.k%90+i), s.on(i), s.on(i), s.on(i)}
		})}
	case "leavers":
		return []paper{s.table("leaver,last day,accounts disabled,things returned", 2+s.k%3, func(i int) []string {
			return []string{fmt.Sprintf("Leaver %d", s.k%90+i), s.on(i), "see the directory log", "yes"}
		})}
	case "dataaccess":
		return []paper{s.table("ticket,who,reason,from,ended", 8, func(i int) []string {
			return []string{fmt.Sprintf("SUP-%d", 2000+s.k+i), s.person(i), pick(i, "customer asked for help", "fault in an import", "restore of a record"), s.on(i), "after 2 hours at most"}
		})}
	case "changes":
		return []paper{s.table("change,service,author,approved by,live on", 33, func(i int) []string {
			return []string{fmt.Sprintf("CHG-%d", 1000+s.k%800+i), pick(i, "api", "web", "infrastructure"), s.person(i), s.person(i + 41), s.on(i)}
		})}
	case "incidents":
		return []paper{s.table("event,reported on,class,decided by,outcome", 5, func(i int) []string {
			return []string{fmt.Sprintf("EV-%03d", s.k%400+i), s.on(i), pick(s.k+i, "phishing mail", "lost device", "false alarm"), s.person(i), pick(i, "no incident", "device wiped within the hour", "rule tuned")}
		})}
	case "fixes":
		return []paper{s.table("weakness,severity,found on,fixed after,within deadline", 14, func(i int) []string {
			return []string{fmt.Sprintf("W-%d", 700+s.k%300+i), pick(i, "low", "medium", "high"), s.on(i), fmt.Sprintf("%d days", 1+(s.k+i)%7), "yes"}
		})}
	}
	return nil
}

// restored is the protocol of a restore test.
func (t *story) restored(o occasion, k int) []string {
	return []string{
		"Service: " + pick(k, "orders-db", "accounts-db", "file store") + ".",
		fmt.Sprintf("Copy of the night before, %d GB, restored into an empty account in %d minutes.", 180+k%90, 31+k%25),
		"Checked: number of rows in twelve tables, the last order, three files by their digest. All agree.",
		"Target for the time to restore: four hours. Met.",
		"This record may be relied on until " + (o.on + 120).String() + ".",
	}
}

// settings is an excerpt as a system shows it.
func settings(code string) []string {
	return []string{
		"Read from the system, not typed:", "",
		fmt.Sprintf("  rule set        %s-%d", strings.ToLower(code), 10+hash(code)%80),
		"  applies to      every account and system in scope",
		"  enforced        yes",
		"  exceptions      none",
		fmt.Sprintf("  last changed    by %s, %d days before", pick(hash(code), "the platform team", "IT", "security"), 20+hash(code)%200),
	}
}
