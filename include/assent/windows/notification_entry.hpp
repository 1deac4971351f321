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

/// The two families of registering functions; an entry is unregistered through its own (W41).
enum class entry_kind : unsigned char { plug_play, processor_change };

/// One notification entry: what a driver registered, found by an opaque handle (W41).
class notification_entry {
public:
    notification_entry(entry_kind kind, driver* owner, std::string description)
        : kind_(kind), owner_(owner), description_(std::move(description)) {
        if (owner_ != nullptr) owner_->reference(); // W9
    }
    notification_entry(const notification_entry&) = delete;
    notification_entry& operator=(const notification_entry&) = delete;
    ~notification_entry() {
        if (owner_ != nullptr) owner_->dereference();
    }

    entry_kind kind() const noexcept { return kind_; }
    driver* owner() const noexcept { return owner_; }
    const std::string& description() const noexcept { return description_; }

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
    entry_kind kind_;
    driver* owner_;
    std::string description_;
    registration registration_;
    std::atomic<bool> claimed_{false};
    std::atomic<std::thread::id> replaying_{};
};

} // namespace assent::windows

#endif
