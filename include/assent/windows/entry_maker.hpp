// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_ENTRY_MAKER_HPP
#define ASSENT_WINDOWS_ENTRY_MAKER_HPP

#include <assent/config.hpp>
#include <assent/core/handle_table.hpp>
#include <assent/core/registration.hpp>
#include <assent/windows/ddk/assent_ddk/status.h>
#include <assent/windows/entry_table.hpp>
#include <assent/windows/notification_entry.hpp>

#include <functional>
#include <memory>
#include <utility>

namespace assent::windows {

/// Makes a notification entry that can be found from the moment its registration is in it. Unless the registering
/// call succeeds, the entry is taken out again.
class entry_maker {
public:
    entry_maker(entry_table& table, notification_entry::contents what)
        : entry_(std::make_shared<notification_entry>(&table, std::move(what))), table_(table),
          name_(table.reserve()) {}
    entry_maker(const entry_maker&) = delete;
    entry_maker& operator=(const entry_maker&) = delete;
    ~entry_maker() {
        entry_->replays(false);
        if (kept_ || name_ == handle::none) return;
        if (published_) {
            table_.drop(name_);
        } else {
            table_.cancel(name_);
        }
    }

    /// False: no memory.
    explicit operator bool() const noexcept { return name_ != handle::none; }
    PVOID pointer() const noexcept { return entry_table::to_pointer(name_); }

    void publish(registration&& r, bool replays) noexcept {
        entry_->hold(std::move(r));
        entry_->replays(replays);
        published_ = table_.put(name_, std::shared_ptr<notification_entry>(entry_));
    }
    /// publish() as a sink, which writes the entry's pointer before its first callback can run (W13).
    auto publish_to(PVOID* out, bool replays = false) noexcept {
        return [this, out, replays](registration&& r) noexcept {
            publish(std::move(r), replays);
            *out = pointer();
        };
    }
    bool published() const noexcept { return published_; }

    /// The registering call succeeds.
    PVOID keep() noexcept {
        kept_ = true;
        return pointer();
    }
    /// The same as a status; not published: waiting to join would never have ended.
    NTSTATUS finish() noexcept {
        if (!published_) return STATUS_POSSIBLE_DEADLOCK;
        keep();
        return STATUS_SUCCESS;
    }

    /// Says whether this thread is inside the replay of this entry, and the entry still wanted.
    std::function<bool()> still_replaying() const {
        return [weak = std::weak_ptr<const notification_entry>(entry_)] {
            const auto entry = weak.lock();
            return entry != nullptr && entry->replaying_here() && !entry->claimed();
        };
    }

private:
    std::shared_ptr<notification_entry> entry_;
    entry_table& table_;
    handle name_;
    bool published_ = false;
    bool kept_ = false;
};

} // namespace assent::windows

#endif
