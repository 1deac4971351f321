// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_CALLBACK_OBJECTS_HPP
#define ASSENT_WINDOWS_CALLBACK_OBJECTS_HPP

#include <assent/config.hpp>
#include <assent/dispatch/dispatcher.hpp>
#include <assent/windows/ddk/assent_ddk/callback_object.h>
#include <assent/windows/ddk/assent_ddk/status.h>
#include <assent/windows/driver.hpp>
#include <assent/windows/entry_maker.hpp>
#include <assent/windows/entry_table.hpp>
#include <assent/windows/interface_table.hpp>

#include <algorithm>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

namespace assent::windows {

/// The callback objects of a partition: events that drivers, or whoever plays the operating system, tell each other
/// under a name. Those that Windows makes are there from the beginning; nothing tells them by itself.
/// Threads  everything; nothing of a driver runs under the lock.
class callback_objects {
public:
    explicit callback_objects(partition& home) : home_(home) {
        for (const std::string_view name :
             {"\\Callback\\SetSystemTime", "\\Callback\\PowerState", "\\Callback\\ProcessorAdd"})
            objects_.push_back(std::make_unique<object>(wide_string(name.begin(), name.end()), true));
    }

    /// @param create   makes it, if there is none of this name; one without a name is always made
    /// @param several  whether more than one routine may be registered at a time; of one that is made
    /// Errors   STATUS_OBJECT_NAME_NOT_FOUND: there is none, and none is to be made.
    NTSTATUS open(wide_view name, bool create, bool several, PCALLBACK_OBJECT& opened) {
        const std::lock_guard guard(lock_);
        const auto found = std::find_if(objects_.begin(), objects_.end(), [&](const auto& o) {
            return !name.empty() && same_name(o->name, name);
        });
        if (found == objects_.end() && !create) return STATUS_OBJECT_NAME_NOT_FOUND;
        object& which = found != objects_.end()
                            ? **found
                            : *objects_.emplace_back(std::make_unique<object>(wide_string(name), several));
        opened = reinterpret_cast<PCALLBACK_OBJECT>(&which);
        return STATUS_SUCCESS;
    }

    /// Null: no object of this partition, one that is taken and has room for one, or no memory.
    PVOID register_callback(entry_table& entries, PCALLBACK_OBJECT on, PCALLBACK_FUNCTION routine,
                            PVOID context) {
        object* const which = find(on);
        if (which == nullptr) return nullptr;
        const std::shared_ptr<const object> place = which->take(lock_);
        if (place == nullptr) return nullptr;
        const running_code owner(driver::running(), &home_);
        entry_maker made(entries, {entry_kind::callback_object, owner.who, context, "callback object"});
        if (!made) return nullptr;
        static_cast<void>(which->told.on_into([&](registration&& r) { made.publish(std::move(r), false); },
                                              {},
                                              [=](const arguments& told) {
                                                  const running_driver scope(owner);
                                                  static_cast<void>(place);
                                                  routine(context, told.first, told.second);
                                              }));
        return made.published() ? made.keep() : nullptr;
    }

    /// Calls every routine that is registered on it, in order of registration.
    void notify(PVOID on, PVOID first, PVOID second) {
        if (object* const which = find(static_cast<PCALLBACK_OBJECT>(on)))
            which->told.notify({first, second});
    }

private:
    struct arguments {
        PVOID first;
        PVOID second;
    };
    struct object {
        object(wide_string named, bool many) : name(std::move(named)), several(many) {}

        /// A place for one more routine, given back when the last copy goes. Null: there is room for one, taken.
        std::shared_ptr<const object> take(std::mutex& lock) {
            std::shared_ptr<const object> place(this, [](const object*) {});
            const std::lock_guard guard(lock);
            if (!several && !taken.expired()) return nullptr;
            taken = place;
            return place;
        }

        const wide_string name;
        const bool several;
        std::weak_ptr<const object> taken;
        dispatcher<arguments> told;
    };

    static bool same_name(wide_view a, wide_view b) {
        const auto folded = [](WCHAR c) { return c >= 'a' && c <= 'z' ? static_cast<WCHAR>(c - 32) : c; };
        return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                          [&](WCHAR x, WCHAR y) { return folded(x) == folded(y); });
    }
    object* find(PCALLBACK_OBJECT which) {
        const std::lock_guard guard(lock_);
        const auto found = std::find_if(objects_.begin(), objects_.end(), [&](const auto& o) {
            return reinterpret_cast<PCALLBACK_OBJECT>(o.get()) == which;
        });
        return found == objects_.end() ? nullptr : found->get();
    }

    partition& home_;
    std::mutex lock_;
    std::vector<std::unique_ptr<object>> objects_;
};

} // namespace assent::windows

#endif
