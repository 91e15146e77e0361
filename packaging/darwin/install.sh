#!/bin/sh
# Installs Toucan Agent on macOS: sudo sh install.sh
# Removes it again:               sudo sh install.sh remove
set -eu
cd "$(dirname "$0")"
# Not in /usr/local/bin, which with Homebrew belongs to a person: launchd would run as root what that person puts there.
bin=/Library/PrivilegedHelperTools/toucan-agent
link=/usr/local/bin/toucan-agent
label=io.github.toucan-grc.agent
plist=/Library/LaunchDaemons/$label.plist
[ "$(id -u)" = 0 ] || { echo "Run this as an administrator: sudo sh install.sh"; exit 1; }

launchctl bootout "system/$label" >/dev/null 2>&1 || true
if [ "${1:-}" = remove ]; then
	rm -f "$bin" "$link" "$plist"
	echo "Removed. The key and the record of what was sent stay in /Library/Application Support/Toucan Agent."
	exit 0
fi

mkdir -p /Library/PrivilegedHelperTools /usr/local/bin
cp toucan-agent "$bin.new"
chown root:wheel "$bin.new"
chmod 0755 "$bin.new"
mv "$bin.new" "$bin"
ln -sf "$bin" "$link"
cp "$label.plist" "$plist"
chown root:wheel "$plist"
chmod 0644 "$plist"
# bootout answers before the old process is gone, and until then bootstrap is refused
tries=0
until launchctl bootstrap system "$plist"; do
	tries=$((tries + 1))
	[ "$tries" -lt 10 ] || { echo "launchd does not take $plist; restart the Mac and run this again."; exit 1; }
	sleep 1
done
echo "Installed. Next: sudo toucan-agent enroll '...' with the code of My devices."
