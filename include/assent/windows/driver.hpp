// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_DRIVER_HPP
#define ASSENT_WINDOWS_DRIVER_HPP

#include <assent/config.hpp>
#include <assent/windows/ddk/assent_ddk/object.h>

#include <atomic>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace assent::windows {

class partition;

/// A loaded driver: the object its DriverEntry fills in, and a name for people.
class driver {
public:
    driver(std::string name, partition& in) : name_(std::move(name)), home_(in) {
        object_.Size = static_cast<CSHORT>(sizeof(DRIVER_OBJECT));
        object_.DriverExtension = &extension_;
        extension_.DriverObject = &object_;
    }
    driver(const driver&) = delete;
    driver& operator=(const driver&) = delete;

    DRIVER_OBJECT& object() noexcept { return object_; }
    std::string_view name() const noexcept { return name_; }
    partition& home() const noexcept { return home_; }

    /// W9: one for each registration made in its name.
    std::size_t references() const noexcept { return references_.load(std::memory_order_relaxed); }
    void reference() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
    void dereference() noexcept { references_.fetch_sub(1, std::memory_order_relaxed); }

    /// The driver whose code this thread is running, or null: whom KeRegisterProcessorChangeCallback, which
    /// takes no driver object, registers for.
    static driver* running() noexcept { return running_; }

private:
    friend class running_driver;
    ASSENT_HIDDEN static inline thread_local driver* running_ = nullptr;

    DRIVER_OBJECT object_{};
    DRIVER_EXTENSION extension_{};
    std::string name_;
    partition& home_;
    std::atomic<std::size_t> references_{0};
};

/// Says for its lifetime that this thread runs code of the driver.
class running_driver {
public:
    explicit running_driver(driver* d) noexcept : before_(std::exchange(driver::running_, d)) {}
    running_driver(const running_driver&) = delete;
    running_driver& operator=(const running_driver&) = delete;
    ~running_driver() { driver::running_ = before_; }

private:
    driver* before_;
};

} // namespace assent::windows

#endif
