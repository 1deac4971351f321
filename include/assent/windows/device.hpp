// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_DEVICE_HPP
#define ASSENT_WINDOWS_DEVICE_HPP

#include <assent/config.hpp>
#include <assent/windows/ddk/assent_ddk/object.h>

#include <string>
#include <string_view>
#include <utility>

namespace assent::windows {

/// A device of the partition: the object drivers see, and the path its interfaces are named after.
class device {
public:
    /// @param path     like `ACPI#PROCESSOR#3`: unique in the partition, without `\` or `/`
    /// @param started  a device that is started later makes its interfaces known then (W19)
    explicit device(std::string path, bool started = true) : path_(std::move(path)), started_(started) {
        object_.Type = 3; // what the first member of every device object holds
        object_.Size = static_cast<USHORT>(sizeof(DEVICE_OBJECT));
        object_.Flags = DO_BUS_ENUMERATED_DEVICE;
        object_.DeviceType = FILE_DEVICE_UNKNOWN;
        object_.StackSize = 1;
    }
    device(const device&) = delete;
    device& operator=(const device&) = delete;

    DEVICE_OBJECT& object() noexcept { return object_; }
    const DEVICE_OBJECT& object() const noexcept { return object_; }
    /// The driver that serves the device; null: none that is known.
    void serve_by(DRIVER_OBJECT* driver) noexcept { object_.DriverObject = driver; }
    std::string_view path() const noexcept { return path_; }

private:
    friend class interface_table; // the two flags are under its lock
    DEVICE_OBJECT object_{};
    std::string path_;
    bool started_;
    bool gone_ = false;
};

} // namespace assent::windows

#endif
