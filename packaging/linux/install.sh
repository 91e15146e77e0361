#!/bin/sh
# Installs Toucan Agent where no package fits: sudo sh install.sh
# Removes it again:                            sudo sh install.sh remove
set -eu
cd "$(dirname "$0")"
bin=/usr/local/bin/toucan-agent
unit=/etc/systemd/system/toucan-agent.service
[ "$(id -u)" = 0 ] || { echo "Run this as root: sudo sh install.sh"; exit 1; }
systemd() { [ ! -d /run/systemd/system ] || systemctl "$@"; }

if [ "${1:-}" = remove ]; then
	systemd disable --now toucan-agent.service >/dev/null 2>&1 || true
	rm -f "$bin" "$unit"
	systemd daemon-reload
	echo "Removed. The key and the record of what was sent stay in /var/lib/toucan-agent; rm -r removes them."
	exit 0
fi

if [ -e /usr/bin/toucan-agent ]; then
	echo "A package has installed the agent already, at /usr/bin/toucan-agent. Remove it first."
	exit 1
fi
mkdir -p /usr/local/bin
cp toucan-agent "$bin.new"
chmod 0755 "$bin.new"
mv "$bin.new" "$bin"
if [ -d /run/systemd/system ]; then
	sed "s|^ExecStart=/usr/bin/|ExecStart=/usr/local/bin/|" toucan-agent.service >"$unit"
	systemctl daemon-reload
	systemctl enable toucan-agent.service >/dev/null 2>&1
	systemctl restart toucan-agent.service
else
	echo "systemd does not run here; start \"toucan-agent run\" with what does."
fi
# the whole path: not every sudo looks into /usr/local/bin
echo "Installed. Next: sudo $bin enroll '...' with the code of My devices."
