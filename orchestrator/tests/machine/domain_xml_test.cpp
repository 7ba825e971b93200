// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/libvirt/domain_xml.hpp"

#include <catch2/catch.hpp>

using namespace klab;

namespace {

MachineSpec small_machine() {
  MachineSpec machine;
  machine.name = "vm";
  machine.vcpus = 4;
  machine.sockets = 1;
  machine.cores = 2;
  machine.threads = 2;
  machine.memory_mib = 512;
  return machine;
}

BootSpec small_boot() { return {"klab-17-3", "/cache/bzImage", "/cache/initramfs", "console=ttyS0 quiet"}; }

const DomainChannels kChannels{"/run/lab/console", "/run/lab/results"};

DomainOptions options() {
  DomainOptions options;
  options.lab = "mark";
  return options;
}

}  // namespace

TEST_CASE("the domain of a boot under TCG, word for word", "[machine]") {
  CHECK(domain_xml(small_machine(), small_boot(), Acceleration::tcg, kChannels, options()) ==
        "<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n"
        "  <name>klab-17-3</name>\n"
        "  <metadata>\n"
        "    <klab:domain xmlns:klab='urn:klab:domain:1' lab='mark'/>\n"
        "  </metadata>\n"
        "  <memory unit='MiB'>512</memory>\n"
        "  <vcpu placement='static'>4</vcpu>\n"
        "  <os>\n"
        "    <type arch='x86_64' machine='pc'>hvm</type>\n"
        "    <kernel>/cache/bzImage</kernel>\n"
        "    <initrd>/cache/initramfs</initrd>\n"
        "    <cmdline>console=ttyS0 quiet</cmdline>\n"
        "  </os>\n"
        "  <features>\n"
        "    <acpi/>\n"
        "    <apic/>\n"
        "  </features>\n"
        "  <cpu mode='maximum' check='none'>\n"
        "    <topology sockets='1' cores='2' threads='2'/>\n"
        "  </cpu>\n"
        "  <clock offset='utc'/>\n"
        "  <on_poweroff>destroy</on_poweroff>\n"
        "  <on_reboot>destroy</on_reboot>\n"
        "  <on_crash>preserve</on_crash>\n"
        "  <devices>\n"
        "    <controller type='usb' model='none'/>\n"
        "    <serial type='unix'>\n"
        "      <source mode='connect' path='/run/lab/console'/>\n"
        "      <target port='0'/>\n"
        "    </serial>\n"
        "    <channel type='unix'>\n"
        "      <source mode='connect' path='/run/lab/results'/>\n"
        "      <target type='virtio' name='klab.results'/>\n"
        "    </channel>\n"
        "    <rng model='virtio'>\n"
        "      <backend model='random'>/dev/urandom</backend>\n"
        "    </rng>\n"
        "    <memballoon model='none'/>\n"
        "    <panic model='isa'/>\n"
        "  </devices>\n"
        "  <qemu:commandline>\n"
        "    <qemu:arg value='-action'/>\n"
        "    <qemu:arg value='panic=none'/>\n"
        "  </qemu:commandline>\n"
        "</domain>\n");
}

TEST_CASE("KVM, pinning, watchdog", "[machine]") {
  MachineSpec machine = small_machine();
  machine.vcpu_pins = {"0", "", "2-3"};
  machine.emulator_pin = "1";
  DomainOptions with_watchdog = options();
  with_watchdog.watchdog = true;
  with_watchdog.pvpanic = false;
  const std::string xml = domain_xml(machine, small_boot(), Acceleration::kvm, kChannels, with_watchdog);
  CHECK(xml.starts_with("<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n"));
  CHECK_THAT(xml, Catch::Contains("  <cputune>\n"
                                  "    <vcpupin vcpu='0' cpuset='0'/>\n"
                                  "    <vcpupin vcpu='2' cpuset='2-3'/>\n"
                                  "    <emulatorpin cpuset='1'/>\n"
                                  "  </cputune>\n"));
  CHECK_THAT(xml, Catch::Contains("  <cpu mode='host-passthrough' check='none'>\n"));
  CHECK_THAT(xml, Catch::Contains("    <watchdog model='i6300esb' action='pause'/>\n"));
  CHECK_THAT(xml, !Catch::Contains("<panic"));
}

TEST_CASE("the domain of an arm64 boot, word for word", "[machine]") {
  MachineSpec machine = small_machine();
  machine.architecture = Architecture::arm64;
  BootSpec boot = small_boot();
  boot.kernel = "/cache/Image";
  boot.command_line = "console=ttyAMA0 quiet";
  DomainOptions all = options();
  all.watchdog = true;  // for the PC only, as its panic device
  CHECK(domain_xml(machine, boot, Acceleration::tcg, kChannels, all) ==
        "<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n"
        "  <name>klab-17-3</name>\n"
        "  <metadata>\n"
        "    <klab:domain xmlns:klab='urn:klab:domain:1' lab='mark'/>\n"
        "  </metadata>\n"
        "  <memory unit='MiB'>512</memory>\n"
        "  <vcpu placement='static'>4</vcpu>\n"
        "  <os>\n"
        "    <type arch='aarch64' machine='virt'>hvm</type>\n"
        "    <kernel>/cache/Image</kernel>\n"
        "    <initrd>/cache/initramfs</initrd>\n"
        "    <cmdline>console=ttyAMA0 quiet</cmdline>\n"
        "  </os>\n"
        "  <features>\n"
        "    <gic version='2'/>\n"
        "  </features>\n"
        "  <cpu mode='maximum' check='none'>\n"
        "    <topology sockets='1' cores='2' threads='2'/>\n"
        "  </cpu>\n"
        "  <clock offset='utc'/>\n"
        "  <on_poweroff>destroy</on_poweroff>\n"
        "  <on_reboot>destroy</on_reboot>\n"
        "  <on_crash>preserve</on_crash>\n"
        "  <devices>\n"
        "    <controller type='usb' model='none'/>\n"
        "    <serial type='unix'>\n"
        "      <source mode='connect' path='/run/lab/console'/>\n"
        "      <target port='0'/>\n"
        "    </serial>\n"
        "    <channel type='unix'>\n"
        "      <source mode='connect' path='/run/lab/results'/>\n"
        "      <target type='virtio' name='klab.results'/>\n"
        "    </channel>\n"
        "    <rng model='virtio'>\n"
        "      <backend model='random'>/dev/urandom</backend>\n"
        "    </rng>\n"
        "    <memballoon model='none'/>\n"
        "  </devices>\n"
        "  <qemu:commandline>\n"
        "    <qemu:arg value='-action'/>\n"
        "    <qemu:arg value='panic=none'/>\n"
        "  </qemu:commandline>\n"
        "</domain>\n");
}

TEST_CASE("an arm64 machine of more CPUs than the second interrupt controller carries has the third", "[machine]") {
  MachineSpec machine = small_machine();
  machine.architecture = Architecture::arm64;
  machine.vcpus = machine.cores = 16;
  machine.threads = 1;
  CHECK_THAT(domain_xml(machine, small_boot(), Acceleration::tcg, kChannels, options()), Catch::Contains("<gic version='3'/>"));
  CHECK_THAT(domain_xml(machine, small_boot(), Acceleration::kvm, kChannels, options()), Catch::Contains("<gic version='host'/>"));
}

TEST_CASE("nothing that is configured or submitted can write XML", "[machine]") {
  CHECK(escape_xml("a<b>&'\"\t") == "a&lt;b&gt;&amp;&apos;&quot;&#9;");
  MachineSpec machine = small_machine();
  machine.emulator_pin = "'/><evil/>";
  BootSpec boot = small_boot();
  boot.command_line = "x</cmdline><kernel>/etc/shadow</kernel>&";
  boot.kernel = "/a'<b>";
  DomainOptions hostile = options();
  hostile.lab = "'/><evil/>";
  const DomainChannels channels{"/r'/><evil/>", "/s\"&"};
  const std::string xml = domain_xml(machine, boot, Acceleration::tcg, channels, hostile);
  CHECK_THAT(xml, !Catch::Contains("<evil"));
  CHECK_THAT(xml, !Catch::Contains("<b>"));
  CHECK_THAT(xml, Catch::Contains(
                      "<cmdline>x&lt;/cmdline&gt;&lt;kernel&gt;/etc/shadow&lt;/kernel&gt;&amp;</cmdline>"));
  CHECK_THAT(xml, Catch::Contains("<source mode='connect' path='/s&quot;&amp;'/>"));
}

TEST_CASE("what a domain cannot carry is refused with its name", "[machine]") {
  const MachineSpec machine = small_machine();
  CHECK(check_boot(machine, small_boot()).has_value());
  const auto message = [](const MachineSpec& m, const BootSpec& b) {
    const Result<void> checked = check_boot(m, b);
    REQUIRE(checked.has_error());
    CHECK(checked.error().kind == ErrorKind::input);
    return checked.error().message;
  };
  BootSpec boot = small_boot();
  boot.id = "17/../3";
  CHECK(message(machine, boot) ==
        "cannot boot \"17/../3\": a boot's id is \"klab-\" and up to 55 of A-Z a-z 0-9 - _ .");
  boot = small_boot();
  boot.command_line = "quiet\nroot=/dev/sda";
  CHECK(message(machine, boot) ==
        "cannot boot \"klab-17-3\": the command line has a control character: \"quiet root=/dev/sda\"");
  boot = small_boot();
  boot.kernel.clear();
  CHECK(message(machine, boot) == "cannot boot \"klab-17-3\": no kernel is given");
  MachineSpec wrong = machine;
  wrong.cores = 3;
  CHECK(message(wrong, small_boot()) ==
        "cannot boot \"klab-17-3\": machine \"vm\" has vcpus = 4, but sockets x cores x threads = 1 x 3 x 2; "
        "make them equal");
  wrong = machine;
  wrong.vcpu_pins = {"0", "0", "0", "0", "0"};
  CHECK(message(wrong, small_boot()) ==
        "cannot boot \"klab-17-3\": machine \"vm\" has 5 vcpu_pins for 4 vcpus");
}
