// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_DEVICE_INTERFACES_HPP
#define ASSENT_WINDOWS_DEVICE_INTERFACES_HPP

#include <assent/async/post.hpp>
#include <assent/config.hpp>
#include <assent/dispatch/dispatcher.hpp>
#include <assent/windows/delivery_queue.hpp>
#include <assent/windows/device.hpp>
#include <assent/windows/driver.hpp>
#include <assent/windows/entry_maker.hpp>
#include <assent/windows/interface_change.hpp>
#include <assent/windows/interface_table.hpp>
#include <assent/windows/partition_options.hpp>

#include <functional>
#include <memory>
#include <utility>

namespace assent::windows {

/// The device interfaces of a partition, and those who are told when one is enabled or disabled: later, in the
/// order of the changes.
class device_interfaces {
public:
    device_interfaces(const partition_options& options, delivery_queue& deliveries)
        : options_(options), deliveries_(deliveries) {}

    interface_table& table() noexcept { return table_; }

    interface_table::change set(wide_view name, bool enabled) {
        return table_.set(name, enabled, poster{*this});
    }
    /// Enables or disables the device's one interface of the class, which is registered if need be.
    /// @return whether that was a change
    bool set(const device& on, const GUID& of, bool enabled) {
        const auto which = table_.add(on, interface_class{of}, {}).first;
        return which != nullptr && set(which->name, enabled) == interface_table::change::done;
    }
    void start(device& d) { table_.start(d, poster{*this}); }
    void remove(device& d) { table_.remove(d, poster{*this}); }

    NTSTATUS register_change(entry_table& entries, const GUID& of, bool with_existing, driver& owner,
                             PDRIVER_NOTIFICATION_CALLBACK_ROUTINE routine, PVOID context, PVOID* entry) {
        // What is enabled already, but still queued, is to be replayed during this call, not delivered after it.
        if (with_existing && deliveries_.by_worker()) deliveries_.settle();
        entry_maker made(entries,
                         {entry_kind::plug_play, &owner, context, "interface change " + guid_text(of)});
        if (!made) return STATUS_INSUFFICIENT_RESOURCES;
        const bool twice = options_.answers.replays_interfaces_twice;
        changes_.on_into(made.publish_to(entry, with_existing), interface_class{of},
                         {.replay = with_existing},
                         interface_receiver({routine, context, &owner, options_.observer},
                                            twice ? made.still_replaying() : std::function<bool()>()));
        return made.finish();
    }

private:
    /// Queues what an interface's transition means to drivers.
    struct poster {
        device_interfaces& in;
        void operator()(const std::shared_ptr<const device_interface>& which, bool arrives) const {
            any_executor& to = in.deliveries_.executor();
            const submission queued =
                arrives ? post_arrival(to, in.changes_, which) : post_removal(to, in.changes_, which);
            if (queued == submission::no_memory) assent::detail::out_of_memory();
        }
    };

    const partition_options& options_;
    delivery_queue& deliveries_;
    interface_table table_;
    dispatcher<interface_change> changes_;
};

} // namespace assent::windows

#endif
