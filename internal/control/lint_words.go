package control

import (
	"regexp"
	"strings"
)

// vague are words that leave it to the reader how much is enough.
var vague = regexp.MustCompile(`(?i)\b(?:` + strings.Join([]string{
	`appropriate(?:ly)?`, `adequate(?:ly)?`, `sufficient(?:ly)?`, `reasonabl[ey]`, `regularly`, `regular basis`, `periodic(?:ally)?`, `from time to time`,
	`(?:as|when|if) (?:needed|required)`, `(?:as|when|where|if) (?:necessary|appropriate|applicable)`, `best[- ]efforts?`, `timely`, `in due course`, `as soon as possible`, `asap`,
	`frequently`, `occasionally`, `industry[- ]standards?`, `best practices?`, `where feasible`, `robust`, `effectively`,
}, `|`) + `)\b`)

// products are names of products and of the companies known by them. Names that
// are also English words are looked for with a capital letter only.
var products = regexp.MustCompile(`\b(?:` + strings.Join([]string{
	`(?i:okta|auth0|onelogin|jumpcloud|duo security|pingfederate|entra id|microsoft entra|azure ad|active directory|google workspace|g suite|office 365|microsoft 365|sharepoint|onedrive|google drive|dropbox)`,
	`(?i:aws|amazon web services|cloudtrail|guardduty|cloudwatch|amazon s3|google cloud(?: platform)?|gcp|microsoft azure|azure devops|digitalocean|heroku|cloudflare|akamai|fastly)`,
	`(?i:github|gitlab|bitbucket|jenkins|circleci|travis ?ci|dependabot|sonarqube|snyk|veracode|checkmarx|terraform|kubernetes|docker hub|ansible|hashicorp vault|artifactory)`,
	`(?i:jira|confluence|asana|trello|servicenow|zendesk|freshdesk|salesforce|hubspot|pagerduty|opsgenie|statuspage|monday\.com|microsoft teams)`,
	`(?i:datadog|splunk|sumo logic|new relic|grafana|prometheus|elasticsearch|crowdstrike|sentinelone|carbon black|sophos|malwarebytes|microsoft defender|windows defender|nessus|qualys|rapid7|wiz\.io|lacework)`,
	`(?i:intune|jamf|kandji|mosyle|fleetdm|bitlocker|filevault|1password|lastpass|bitwarden|keeper security|knowbe4|hackerone|bugcrowd)`,
	`(?i:workday|bamboohr|personio|hibob|docusign|vanta|drata|secureframe|onetrust|postgresql|mysql|mongodb|snowflake|redshift|bigquery)`,
	`Slack|Zoom|Notion|Linear|Rippling|Gusto|Sentry|Azure|Entra|Dashlane|Vault`,
}, `|`) + `)\b`)

// actors are words for who or what does something.
var actors = regexp.MustCompile(`(?i)\b(?:` + strings.Join([]string{
	`compan(?:y|y's|ies)`, `organi[sz]ations?`, `we`, `our`, `management`, `leadership`, `board`, `executives?`, `committees?`, `councils?`, `teams?`, `leads?`, `leaders?`, `heads?`, `managers?`, `owners?`, `officers?`, `directors?`,
	`administrators?`, `admins?`, `engineers?`, `engineering`, `developers?`, `operators?`, `operations`, `analysts?`, `auditors?`, `reviewers?`, `approvers?`, `counsel`, `legal`, `finance`, `procurement`, `it`, `hr`, `human resources`,
	`security`, `ciso`, `cto`, `ceo`, `cfo`, `coo`, `dpo`, `employees?`, `contractors?`, `staff`, `personnel`, `people`, `persons?`, `users?`, `vendors?`, `suppliers?`, `providers?`, `customers?`,
	`systems?`, `services?`, `pipelines?`, `repositor(?:y|ies)`, `products?`, `platforms?`, `checks?`, `tools?`, `firewalls?`, `gateways?`, `servers?`, `scanners?`, `protection`,
}, `|`) + `)\b`)

// actions are verbs an auditor can look for, in the forms statements use.
var actions = regexp.MustCompile(`(?i)\b(?:` + strings.Join([]string{
	`review|approv|record|log|check|test|scan|monitor|alert|notif|report|restor|back|encrypt|block|den|limit|restrict|requir|enforc|remov|revok|disabl|grant|issu|assign|nam|list|keep|kept|maintain|track|assess|evaluat|rat|rank|train|sign|accept|acknowledg|` +
		`document|publish|stat|defin|writ|hold|held|run|us|rout|configur|apply|appli|updat|patch|fix|repair|remediat|investigat|respon|contain|classif|label|mark|dispos|destroy|sanitis|sanitiz|delet|eras|retain|stor|separat|isolat|authenticat|authoris|authoriz|verif|valid|` +
		`confirm|match|compar|reconcil|measur|exercis|rehears|simulat|perform|conduct|complet|collect|provid|giv|tell|inform|communicat|send|shar|answer|handl|follow|plan|decid|set|creat|establish|implement|deploy|build|releas|merg|chang|instal|protect|secur|` +
		`control|manag|overse|own|screen|interview|hir|onboard|offboard|terminat|withdraw|return|recover|audit|inspect|sampl|meet|agree|contract|host|deliver|detect|watch|reject|filter|quarantin|watermark|mask|process|let|register|submit|escalat|appoint|elect|name|ask|cover|adopt|observe|escort|lock|rotat|tun|develop|design|identif|analys|analyz|consider|prevent|ensur`,
}, `|`) + `)(?:s|es|ies|y|e|ed|d|n|en|ten|t|ing|ting|ning|ping)?\b`)
