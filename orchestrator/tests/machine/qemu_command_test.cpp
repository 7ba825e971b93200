// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/qemu_command.hpp"

#include <catch2/catch.hpp>

#include "util/text.hpp"

using namespace klab;

TEST_CASE("the bare QEMU command of a boot, word for word", "[machine]") {
  MachineSpec machine;
  machine.vcpus = 8;
  machine.cores = 8;
  machine.memory_mib = 1024;
  const BootSpec boot{"klab-1-1", "/cache/bzImage", "/cache/initramfs", "console=ttyS0 panic=-1"};
  CHECK(qemu_command(machine, boot, Acceleration::tcg, "results,1.bin") ==
        std::vector<std::string>{
            "qemu-system-x86_64", "-nodefaults", "-no-user-config", "-no-reboot", "-display", "none",
            "-machine", "pc,usb=off", "-accel", "tcg", "-cpu", "max", "-smp",
            "8,sockets=1,cores=8,threads=1", "-m", "1024M", "-kernel", "/cache/bzImage", "-initrd",
            "/cache/initramfs", "-append", "console=ttyS0 panic=-1", "-chardev", "stdio,id=console",
            "-serial", "chardev:console", "-device", "virtio-serial-pci", "-chardev",
            "file,id=results,path=results,,1.bin", "-device",
            "virtserialport,chardev=results,name=klab.results", "-object",
            "rng-random,id=rng,filename=/dev/urandom", "-device", "virtio-rng-pci,rng=rng", "-device",
            "pvpanic"});
}

TEST_CASE("KVM and arm64 change processor and machine only", "[machine]") {
  MachineSpec machine;
  BootSpec boot{"klab-1-1", "/k", {}, "quiet"};
  const std::string kvm = join(qemu_command(machine, boot, Acceleration::kvm, "r"), " ");
  CHECK_THAT(kvm, Catch::Contains("-accel kvm -cpu host,migratable=on"));
  CHECK_THAT(kvm, !Catch::Contains("-initrd"));
  machine.architecture = Architecture::arm64;
  const std::string arm = join(qemu_command(machine, boot, Acceleration::tcg, "r"), " ");
  CHECK(arm.starts_with("qemu-system-aarch64 "));
  CHECK_THAT(arm, Catch::Contains("-machine virt,gic-version=2,usb=off -accel tcg -cpu cortex-a57"));
  CHECK_THAT(arm, !Catch::Contains("pvpanic"));
}
