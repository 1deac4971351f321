// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_NOTIFICATION_ENTRY_HPP
#define ASSENT_WINDOWS_NOTIFICATION_ENTRY_HPP

#include <assent/config.hpp>
#include <assent/core/registration.hpp>
#include <assent/windows/driver.hpp>

#include <atomic>
#include <string>
#include <thread>
#include <utility>

namespace assent::windows {

/// The families of registering functions; an entry is unregistered through its own (W41).
enum class entry_kind : unsigned char { plug_play, processor_change, callback_object };

/// One notification entry: what a driver registered, found by an opaque handle (W41).
class notification_entry {
public:
    struct contents {
        entry_kind kind;
        driver* owner; ///< null: registered outside any driver
        PVOID context;
        std::string description; ///< for people
    };
    /// @param table  the one it is of: entries of several share one space of handles
    notification_entry(const void* table, contents what) : table_(table), what_(std::move(what)) {
        if (what_.owner != nullptr) what_.owner->reference(); // W9
    }
    notification_entry(const notification_entry&) = delete;
    notification_entry& operator=(const notification_entry&) = delete;
    ~notification_entry() {
        if (what_.owner != nullptr) what_.owner->dereference();
    }

    bool of(const void* table) const noexcept { return table_ == table; }
    entry_kind kind() const noexcept { return what_.kind; }
    driver* owner() const noexcept { return what_.owner; }
    PVOID context() const noexcept { return what_.context; }
    const std::string& description() const noexcept { return what_.description; }

    /// Before the entry can be found.
    void hold(registration&& r) noexcept { registration_ = std::move(r); }

    /// Takes the registration out; whoever asks first gets it.
    registration release() noexcept {
        return claimed_.exchange(true, std::memory_order_acq_rel) ? registration() : std::move(registration_);
    }

    bool claimed() const noexcept { return claimed_.load(std::memory_order_relaxed); }

    /// The thread that is inside the replay of this registration, if any (W40).
    bool replaying_here() const noexcept {
        return replaying_.load(std::memory_order_relaxed) == std::this_thread::get_id();
    }
    void replays(bool now) noexcept {
        replaying_.store(now ? std::this_thread::get_id() : std::thread::id(), std::memory_order_relaxed);
    }

private:
    const void* table_;
    contents what_;
    registration registration_;
    std::atomic<bool> claimed_{false};
    std::atomic<std::thread::id> replaying_{};
};

} // namespace assent::windows

#endif
