// SPDX-License-Identifier: GPL-3.0-or-later
#include "network.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <net/if.h>
#include <net/route.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "file.h"

#define INTERFACES "/sys/class/net"
#define WAIT_MS 30000
#define PAUSE_MS 20

static const char word[] = "klab.net=";

static bool say(char *reason, size_t reason_size, const char *what, const char *object, int error)
{
	snprintf(reason, reason_size, "cannot %s \"%s\": %s", what, object, strerror(error));
	return false;
}

static bool is_mac(const char *text)
{
	for (int i = 0; i < 17; i++)
		if (i % 3 == 2 ? text[i] != ':' : !isxdigit((unsigned char)text[i]))
			return false;
	return text[17] == '\0';
}

static bool read_fields(char *value, struct network *network)
{
	char *fields[4] = {"", "", "", ""};
	int count = 0;

	for (char *field = value; field; count++) {
		if (count == 4)
			return false;
		fields[count] = strsep(&field, ",");
	}
	if (!is_mac(fields[0]) || inet_pton(AF_INET, fields[1], &network->address) != 1 ||
	    inet_pton(AF_INET, fields[2], &network->netmask) != 1)
		return false;
	for (int i = 0; i < 18; i++)
		network->mac[i] = (char)tolower((unsigned char)fields[0][i]);
	/* Firmware without a gateway leaves the field empty. */
	network->routed = *fields[3] != '\0';
	return !network->routed || inet_pton(AF_INET, fields[3], &network->gateway) == 1;
}

bool network_parse(const char *command_line, struct network *network, char *reason, size_t reason_size)
{
	const char *found = strstr(command_line, word);
	char value[128];

	memset(network, 0, sizeof(*network));
	while (found && found != command_line && found[-1] != ' ')
		found = strstr(found + 1, word);
	if (!found) {
		snprintf(reason, reason_size, "the kernel command line has no \"klab.net=\"");
		return false;
	}
	found += sizeof(word) - 1;
	snprintf(value, sizeof(value), "%.*s", (int)strcspn(found, " \n"), found);
	if (read_fields(value, network))
		return true;
	snprintf(value, sizeof(value), "%.*s", (int)strcspn(found, " \n"), found);
	snprintf(reason, reason_size, "\"%s%s\" is not klab.net=MAC,ADDRESS,NETMASK[,GATEWAY]", word, value);
	return false;
}

static bool has_mac(const char *interface, const char *mac)
{
	char path[320], address[64];

	snprintf(path, sizeof(path), INTERFACES "/%s/address", interface);
	return file_line(path, address, sizeof(address)) && !strcasecmp(address, mac);
}

static bool find_interface(const char *mac, char name[IFNAMSIZ])
{
	DIR *interfaces = opendir(INTERFACES);
	struct dirent *entry;
	bool found = false;

	while (interfaces && !found && (entry = readdir(interfaces))) {
		found = entry->d_name[0] != '.' && has_mac(entry->d_name, mac);
		if (found)
			snprintf(name, IFNAMSIZ, "%.*s", IFNAMSIZ - 1, entry->d_name);
	}
	if (interfaces)
		closedir(interfaces);
	return found;
}

static bool has_link(const char *interface)
{
	char path[320], carrier[8];

	snprintf(path, sizeof(path), INTERFACES "/%s/carrier", interface);
	return file_line(path, carrier, sizeof(carrier)) && !strcmp(carrier, "1");
}

static bool bring_up(int fd, const char *interface)
{
	struct ifreq request = {.ifr_flags = 0};

	snprintf(request.ifr_name, IFNAMSIZ, "%s", interface);
	if (ioctl(fd, SIOCGIFFLAGS, &request))
		return false;
	request.ifr_flags = (short)(request.ifr_flags | IFF_UP);
	return ioctl(fd, SIOCSIFFLAGS, &request) == 0;
}

static bool set_address(int fd, const char *interface, unsigned long what, struct in_addr address)
{
	struct ifreq request = {.ifr_flags = 0};
	struct sockaddr_in value = {.sin_family = AF_INET, .sin_addr = address};

	snprintf(request.ifr_name, IFNAMSIZ, "%s", interface);
	memcpy(&request.ifr_addr, &value, sizeof(value));
	return ioctl(fd, what, &request) == 0;
}

static bool set_route(int fd, struct in_addr gateway)
{
	const struct sockaddr_in any = {.sin_family = AF_INET}, to = {.sin_family = AF_INET, .sin_addr = gateway};
	struct rtentry route = {.rt_flags = RTF_UP | RTF_GATEWAY};

	memcpy(&route.rt_dst, &any, sizeof(any));
	memcpy(&route.rt_genmask, &any, sizeof(any));
	memcpy(&route.rt_gateway, &to, sizeof(to));
	return ioctl(fd, SIOCADDRT, &route) == 0 || errno == EEXIST;
}

static bool configure(int fd, const char *interface, const struct network *network, char *reason, size_t reason_size)
{
	if (!bring_up(fd, "lo"))
		return say(reason, reason_size, "bring up", "lo", errno);
	if (!bring_up(fd, interface))
		return say(reason, reason_size, "bring up", interface, errno);
	if (!set_address(fd, interface, SIOCSIFADDR, network->address) ||
	    !set_address(fd, interface, SIOCSIFNETMASK, network->netmask))
		return say(reason, reason_size, "set the address of", interface, errno);
	if (!has_link(interface))
		printf("klab: waiting for the link of \"%s\"\n", interface);
	for (const long long deadline = now_ms() + WAIT_MS; !has_link(interface); sleep_ms(PAUSE_MS)) {
		if (now_ms() < deadline)
			continue;
		snprintf(reason, reason_size, "\"%s\" has no link after %d s", interface, WAIT_MS / 1000);
		return false;
	}
	if (network->routed && !set_route(fd, network->gateway))
		return say(reason, reason_size, "set the gateway of", interface, errno);
	return true;
}

bool network_up(const struct network *network, char *reason, size_t reason_size)
{
	const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char interface[IFNAMSIZ] = "";
	bool up;

	if (fd < 0)
		return say(reason, reason_size, "open", "a socket", errno);
	if (!find_interface(network->mac, interface))
		printf("klab: waiting for the interface with the address %s\n", network->mac);
	for (const long long deadline = now_ms() + WAIT_MS; !find_interface(network->mac, interface);
	     sleep_ms(PAUSE_MS)) {
		if (now_ms() < deadline)
			continue;
		snprintf(reason, reason_size, "no interface has the address %s after %d s", network->mac, WAIT_MS / 1000);
		close(fd);
		return false;
	}
	up = configure(fd, interface, network, reason, reason_size);
	close(fd);
	return up;
}
