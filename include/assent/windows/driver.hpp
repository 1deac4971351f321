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
    static driver* running() noexcept;

private:
    DRIVER_OBJECT object_{};
    DRIVER_EXTENSION extension_{};
    std::string name_;
    partition& home_;
    std::atomic<std::size_t> references_{0};
};

/// Whose code a thread runs, and in which partition.
struct running_code {
    driver* who = nullptr;      ///< null: nobody's, or registered outside any driver
    partition* where = nullptr; ///< null: in no partition in particular

    running_code() = default;
    running_code(driver* d, partition* in) noexcept : who(d), where(in) {}
    running_code(driver* d) noexcept : who(d), where(d == nullptr ? nullptr : &d->home()) {}

    static running_code here() noexcept { return here_; }

private:
    friend class running_driver;
    ASSENT_HIDDEN static thread_local running_code here_;
};

inline thread_local running_code running_code::here_{};

inline driver* driver::running() noexcept { return running_code::here().who; }

/// Says for its lifetime that this thread runs code of the driver.
class running_driver {
public:
    explicit running_driver(const running_code& code) noexcept
        : before_(std::exchange(running_code::here_, code)) {}
    running_driver(const running_driver&) = delete;
    running_driver& operator=(const running_driver&) = delete;
    ~running_driver() { running_code::here_ = before_; }

private:
    running_code before_;
};

} // namespace assent::windows

#endif
