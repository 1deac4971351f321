// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_PARTITION_HPP
#define ASSENT_WINDOWS_PARTITION_HPP

#include <assent/async/any_executor.hpp>
#include <assent/async/manual_executor.hpp>
#include <assent/async/ordered_worker.hpp>
#include <assent/async/post.hpp>
#include <assent/config.hpp>
#include <assent/dispatch/dispatcher.hpp>
#include <assent/windows/device.hpp>
#include <assent/windows/driver.hpp>
#include <assent/windows/interface_change.hpp>
#include <assent/windows/interface_table.hpp>
#include <assent/windows/knobs.hpp>
#include <assent/windows/observer.hpp>
#include <assent/windows/partition_options.hpp>
#include <assent/windows/processor_change.hpp>
#include <assent/windows/processor_table.hpp>
#include <assent/windows/profile_change.hpp>
#include <assent/windows/registration_table.hpp>
#include <assent/windows/system_workers.hpp>
#include <assent/windows/target_change.hpp>
#include <assent/windows/target_devices.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace assent::windows {

/// What became of adding a processor.
struct addition {
    NTSTATUS status; ///< a success, the first refusal's status, or that of the failed start
    ULONG index;     ///< meaningful after a success
};

/// What became of unloading a driver.
struct unloading {
    NTSTATUS status;
    std::vector<std::string> remaining; ///< registrations that the driver left behind (W45)
};

/// A hardware partition: processors, memory modules and other devices, and the drivers that are told about
/// them. The host side of the DDI: a test or a program plays the operating system by calling its members.
///
/// Threads  every member may be called from any thread, also from inside drivers' callbacks. No lock is held
///          while driver code runs.
class partition {
public:
    explicit partition(const partition_options& options = {})
        : options_(options), processors_(options.maximum_processors) {
        if (options.processor_numbers.empty()) {
            for (ULONG n = 0; n < options.processors; ++n) install_processor(n);
        } else {
            for (const ULONG n : options.processor_numbers) install_processor(n);
        }
        for (ULONG i = 0; i < options.memory_modules; ++i) add_memory_module();
        settle();
    }
    partition(const partition&) = delete;
    partition& operator=(const partition&) = delete;
    /// Delivers what is still queued. Drivers that are loaded are called no more afterwards.
    ~partition() {
        workers_.drain_dpcs();
        workers_.drain_items();
        settle();
    }

    /// The partition that the DDI functions act on: that of the driver whose code this thread is running, else
    /// the one made current by scoped_partition; or null.
    static partition* current() noexcept {
        if (const driver* const d = driver::running()) return &d->home();
        return current_.load(std::memory_order_acquire);
    }

    // ---- Processors ----

    /// Hot-adds a processor: Start to every callback, then start(index), then Complete, or Failure, to every one.
    /// Its device interface arrives after that.
    /// @param start   brings the processor up: callable with its index, returns an NTSTATUS.
    /// @param number  the number it is to have; by default the lowest free one.
    /// Errors   STATUS_INSUFFICIENT_RESOURCES: the maximum is reached. STATUS_INVALID_PARAMETER: the number is taken or
    ///          beyond the maximum. STATUS_POSSIBLE_DEADLOCK: called from inside a processor callback. Nothing has
    ///          changed then, nor after a refusal or a failed start.
    /// Source   KeRegisterProcessorChangeCallback, remarks.
    template <class Start> addition add_processor(Start start, std::optional<ULONG> number = {}) {
        if (const NTSTATUS status = processors_.reserve(number); !NT_SUCCESS(status)) return {status, 0};
        struct reservation {
            processor_table& in;
            const std::optional<ULONG>& number;
            std::optional<processor_table::attempt> begun;
            ~reservation() { in.release(number, begun); }
        } reserved{processors_, number, {}};
        NTSTATUS shared = STATUS_SUCCESS;
        const auto outcome = processor_changes_.transact_arrival(
            [&] {
                if (options_.answers.shares_operation_status)
                    shared_status_.store(&shared, std::memory_order_relaxed);
                return reserved.begun.emplace(processors_.begin(number)).what;
            },
            [&]() -> NTSTATUS {
                shared_status_.store(nullptr, std::memory_order_relaxed);
                if (!NT_SUCCESS(shared)) return shared; // W52
                const NTSTATUS status = start(reserved.begun->what.index);
                if (NT_SUCCESS(status)) processors_.started(*reserved.begun);
                return status;
            },
            {.rules = options_.answers.processor_addition, .budget = {}});
        if (outcome.result() == verdict::would_deadlock) return {STATUS_POSSIBLE_DEADLOCK, 0};
        if (!outcome) return {outcome.status().value_or(STATUS_UNSUCCESSFUL), 0};
        const ULONG index = reserved.begun->what.index;
        announce(device_of(unit::processor, index), processor_interface);
        return {STATUS_SUCCESS, index};
    }
    addition add_processor() {
        return add_processor([](ULONG) { return STATUS_SUCCESS; });
    }

    const processor_table& processors() const noexcept { return processors_; }

    // ---- Memory modules and other devices ----

    /// Hot-adds a memory module: its device interface arrives.
    /// @return its index.
    ULONG add_memory_module() {
        const ULONG index = memory_modules_.fetch_add(1, std::memory_order_relaxed);
        announce(device_of(unit::memory, index), memory_interface);
        return index;
    }
    ULONG memory_modules() const noexcept { return memory_modules_.load(std::memory_order_relaxed); }

    /// Takes the unit's interface away or brings it back, as a unit does that goes offline and online; the DDI
    /// knows no removal of processors. False: it was so already, or there is no such unit.
    bool set_processor_online(ULONG index, bool online) {
        return processors_.running(index) &&
               set_online(device_of(unit::processor, index), processor_interface, online);
    }
    bool set_memory_online(ULONG index, bool online) {
        return index < memory_modules() &&
               set_online(device_of(unit::memory, index), memory_interface, online);
    }

    /// A device that is neither. The reference is good as long as the partition.
    device& add_device(std::string path, bool started = true) {
        const std::lock_guard guard(lock_);
        return append_device(std::move(path), started);
    }
    /// The same, hanging on another device: removed with it (W21).
    device& add_device(std::string path, device& parent, bool started = true) {
        device& child = add_device(std::move(path), started);
        targets_.tree().place(child, parent);
        return child;
    }
    /// A removal relation: when `with` is removed, `also` is.
    void relate(device& with, device& also) { targets_.tree().relate(with, also); }
    void start_device(device& d) { interfaces_.start(d, poster{*this}); }
    /// The device goes; interfaces it still has enabled are disabled for it.
    void remove_device(device& d) {
        {
            const std::lock_guard guard(lock_);
            std::erase(present_, &d);
        }
        targets_.tree().forget(d);
        interfaces_.remove(d, poster{*this});
    }

    // ---- Removal of devices, hardware profiles ----

    /// Asks whether the device can be removed with what hangs on it, and removes it if nobody refuses and nothing
    /// is open on it.
    /// @param query  the device stack's own answer, called after all others agreed: returns an NTSTATUS.
    /// Errors   STATUS_PLUGPLAY_QUERY_VETOED: something is open. STATUS_POSSIBLE_DEADLOCK: called from inside a
    ///          target device callback. The first veto's status otherwise; nothing is removed then.
    template <class Query> decision query_remove(device& d, Query query) {
        return targets_.query_remove(d, query, leaver{*this}, options_.answers);
    }
    decision query_remove(device& d) {
        return query_remove(d, [] { return STATUS_SUCCESS; });
    }
    /// Removes the device without asking, as if it had been pulled out.
    void surprise_remove(device& d) { targets_.surprise_remove(d, leaver{*this}, options_.answers); }

    /// A user-mode program opens the device.
    user_handle open_from_user_mode(device& d) { return {targets_.files(), targets_.files().open(d)}; }
    /// A user-mode program is told of the device's removal, before drivers (W21).
    registration watch_device(const device& d, user_mode_routine routine) {
        return targets_.changes().on(&d, {.priority = user_mode_priority},
                                     user_mode_target_receiver(std::move(routine)));
    }

    /// Changes the hardware profile, as when a portable computer is docked.
    /// @param change  the change itself, after all agreed: returns an NTSTATUS.
    template <class Change> decision change_hardware_profile(Change change) {
        return to_decision(profile_changes_.transact(
            {}, change, {.rules = options_.answers.hardware_profile, .budget = {}}));
    }
    decision change_hardware_profile() {
        return change_hardware_profile([] { return STATUS_SUCCESS; });
    }
    /// A user-mode program is asked before drivers, and told after them (W31).
    registration watch_hardware_profile(user_mode_routine routine) {
        return profile_changes_.on({.priority = user_mode_priority},
                                   user_mode_profile_receiver(std::move(routine)));
    }

    // ---- Drivers ----

    /// Loads a driver: calls its DriverEntry.
    /// @return the driver, and what DriverEntry returned. After an error its registrations, if any, are called no
    ///         more.
    std::pair<driver*, NTSTATUS> load(std::string name, PDRIVER_INITIALIZE entry) {
        driver* loaded = nullptr;
        {
            const std::lock_guard guard(lock_);
            drivers_.push_back(std::make_unique<driver>(std::move(name), *this));
            loaded = drivers_.back().get();
        }
        WCHAR no_path[] = {0};
        UNICODE_STRING registry_path{0, sizeof(no_path), no_path};
        NTSTATUS status = 0;
        {
            const running_driver scope(loaded);
            status = entry(&loaded->object(), &registry_path);
        }
        if (!NT_SUCCESS(status)) static_cast<void>(silence(*loaded));
        return {loaded, status};
    }

    /// Unloads a driver: calls its Unload routine, then looks what it left registered (W45). If anything remains
    /// the unloading fails, the driver's image stays, and what remains is called no more.
    unloading unload(driver& d) {
        if (d.object().DriverUnload == nullptr) return {STATUS_INVALID_DEVICE_REQUEST, {}};
        {
            const running_driver scope(&d);
            d.object().DriverUnload(&d.object());
        }
        std::vector<std::string> remaining = silence(d);
        for (const std::string& each : remaining) violated(45, &d, "Unload", "left registered: " + each);
        return {remaining.empty() ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL, std::move(remaining)};
    }

    // ---- Asynchronous delivery ----

    /// Returns when everything that was queued before has been delivered; delivers it, if the partition was made
    /// with delivery::when_told.
    void settle() {
        if (told()) {
            manual_.run_all();
        } else {
            static_cast<void>(worker_.drain());
        }
    }
    /// Delivers one queued event. False: there is none, or the partition delivers by itself.
    bool deliver_one() { return told() && manual_.run_one(); }

    // ---- What the DDI functions call, one each; their documentation is in ddi/ ----

    NTSTATUS register_interface_change(const GUID& of, bool with_existing, driver& owner,
                                       PDRIVER_NOTIFICATION_CALLBACK_ROUTINE routine, PVOID context,
                                       PVOID* entry) {
        // What is enabled already, but still queued, is to be replayed during this call, not delivered after it.
        if (with_existing && !told()) static_cast<void>(worker_.drain());
        entry_maker made(*this, entry_kind::plug_play, &owner, "interface change " + guid_text(of));
        if (!made) return STATUS_INSUFFICIENT_RESOURCES;
        interface_changes_.on_into(
            [&](registration&& r) {
                made.publish(std::move(r), with_existing);
                *entry = made.pointer(); // W13: before the first callback
            },
            interface_class{of}, {.replay = with_existing},
            interface_receiver(routine, context, &owner, options_.observer, made.twice()));
        return made.finish();
    }

    /// @param file  a file object open on a device of this partition
    NTSTATUS register_target_change(PVOID file, driver& owner, PDRIVER_NOTIFICATION_CALLBACK_ROUTINE routine,
                                    PVOID context, PVOID* entry) {
        const device* const target = present(targets_.files().device_of(file));
        if (target == nullptr) return STATUS_NO_SUCH_DEVICE;                                   // W8
        if (target->object().DriverObject == &owner.object() && driver::running() != &owner) { // W10
            if (options_.answers.refuses_target_devices_driver) return STATUS_INVALID_PARAMETER;
            violated(10, &owner, "IoRegisterPlugPlayNotification",
                     "the driver object is the target device's, not the callback's");
        }
        entry_maker made(*this, entry_kind::plug_play, &owner,
                         "target device change " + std::string(target->path()));
        if (!made) return STATUS_INSUFFICIENT_RESOURCES;
        static_cast<void>(targets_.changes().on_into(
            entry_sink{made, entry}, target, {.name = owner.name()},
            target_receiver(static_cast<FILE_OBJECT*>(file), routine, context, &owner, options_.observer)));
        return made.finish();
    }

    NTSTATUS register_profile_change(driver& owner, PDRIVER_NOTIFICATION_CALLBACK_ROUTINE routine,
                                     PVOID context, PVOID* entry) {
        entry_maker made(*this, entry_kind::plug_play, &owner, "hardware profile change");
        if (!made) return STATUS_INSUFFICIENT_RESOURCES;
        static_cast<void>(
            profile_changes_.on_into(entry_sink{made, entry}, {.name = owner.name()},
                                     profile_receiver(routine, context, &owner, options_.observer)));
        return made.finish();
    }

    /// W36: delivered when this returns.
    void report(const device& on, std::shared_ptr<const custom_event> event) {
        targets_.changes().announce({&on, std::move(event)});
    }
    /// W35.
    NTSTATUS report_later(const device& on, std::shared_ptr<const custom_event> event) {
        const submission queued = post_call(deliveries_, [this, &on, event = std::move(event)] {
            event->deliver();
            targets_.changes().announce({&on, event});
        });
        if (queued != submission::accepted) return STATUS_INSUFFICIENT_RESOURCES;
        return options_.answers.asynchronous_report_succeeds ? STATUS_SUCCESS : STATUS_PENDING;
    }

    target_devices& targets() noexcept { return targets_; }
    system_workers& workers() noexcept { return workers_; }

    /// The device that an enabled interface's symbolic link, or `\Device\` and a path, names. Null: none.
    device* find(wide_view name) {
        for (const interface_table::entry& e : interfaces_.snapshot())
            if (e.enabled && same_name(e.what->name, name)) return present(e.of);
        const std::string plain = to_utf8(name.data(), name.size());
        static constexpr std::string_view directory = "\\Device\\";
        if (!plain.starts_with(directory)) return nullptr;
        const std::lock_guard guard(lock_);
        for (device* d : present_)
            if (d->path() == std::string_view(plain).substr(directory.size())) return d;
        return nullptr;
    }

    /// Tells the observer that a rule was broken.
    void violated(int requirement, const driver* by, std::string_view where,
                  std::string_view text) const noexcept {
        if (options_.observer != nullptr) options_.observer->violated({requirement, by, where, {}, text});
    }

    NTSTATUS unregister(entry_kind kind, PVOID entry, bool wait) {
        const auto found = entries_.get(to_handle(entry));
        if (!found || (*found)->kind() != kind) return STATUS_INVALID_PARAMETER; // W41
        if (wait && (*found)->replaying_here()) {                                // W40
            violated(40, (*found)->owner(), "unregistration", "unregistered from inside its replay, waiting");
            if (options_.answers.refuses_unregistering_inside_replay) return STATUS_POSSIBLE_DEADLOCK;
        }
        const auto taken = entries_.take(to_handle(entry));
        if (!taken) return STATUS_INVALID_PARAMETER;
        registration r = (*taken)->release();
        if (wait) {
            r.unregister();
        } else {
            r.unregister(no_wait);
        }
        return STATUS_SUCCESS;
    }

    /// Null: refused in its replay, waiting for it would never end, or no memory.
    PVOID register_processor_change(PPROCESSOR_CALLBACK_FUNCTION routine, PVOID context, bool with_existing) {
        entry_maker made(*this, entry_kind::processor_change, driver::running(), "processor change");
        if (!made) return nullptr;
        const bool keep = options_.answers.keeps_callback_that_refused_replay;
        const auto replayed = processor_changes_.on_into(
            [&](registration&& r) { made.publish(std::move(r), with_existing); },
            {.replay = with_existing, .stay_if_refused = keep},
            processor_receiver(routine, context, driver::running(), options_.observer, shared_status_));
        if (!made.published()) return nullptr;
        return replayed || keep ? made.keep() : nullptr; // W55
    }

    interface_table& interfaces() noexcept { return interfaces_; }

    /// The device behind the object, or null: not one of this partition.
    device* find(const DEVICE_OBJECT* object) {
        const std::lock_guard guard(lock_);
        for (device* d : present_)
            if (&d->object() == object) return d;
        return nullptr;
    }
    driver* find(const DRIVER_OBJECT* object) {
        const std::lock_guard guard(lock_);
        for (const auto& d : drivers_)
            if (&d->object() == object) return d.get();
        return nullptr;
    }

    /// Registers the interface if need be, not enabled. @return it, and whether it was there before.
    auto add_interface(const device& on, const GUID& of, wide_view reference) {
        return interfaces_.add(on, interface_class{of}, reference);
    }
    interface_table::change set_interface(wide_view name, bool enabled) {
        return interfaces_.set(name, enabled, poster{*this});
    }

private:
    friend class scoped_partition;
    enum class unit { processor, memory };

    static constexpr GUID processor_interface{
        0x97fadb10, 0x4e33, 0x40ae, {0x35, 0x9c, 0x8b, 0xef, 0x02, 0x9d, 0xbd, 0xd0}};
    static constexpr GUID memory_interface{
        0x3fd0f03d, 0x92e0, 0x45fb, {0xb7, 0x5c, 0x5e, 0xd8, 0xff, 0xb0, 0x10, 0x21}};

    static PVOID to_pointer(handle h) noexcept {
        return reinterpret_cast<PVOID>(static_cast<std::uintptr_t>(h));
    }
    static handle to_handle(PVOID pointer) noexcept {
        return static_cast<handle>(reinterpret_cast<std::uintptr_t>(pointer));
    }

    bool told() const noexcept { return options_.interface_delivery == delivery::when_told; }

    /// Makes a notification entry that can be found from the moment its registration is in it.
    class entry_maker {
    public:
        entry_maker(partition& in, entry_kind kind, driver* owner, std::string description)
            : entry_(std::make_shared<notification_entry>(kind, owner, std::move(description))), in_(in),
              table_(in.entries_), name_(table_.reserve()) {}
        entry_maker(const entry_maker&) = delete;
        entry_maker& operator=(const entry_maker&) = delete;
        ~entry_maker() {
            entry_->replays(false);
            if (kept_ || name_ == handle::none) return;
            if (published_) {
                static_cast<void>(table_.take(name_));
            } else {
                table_.cancel(name_);
            }
        }
        explicit operator bool() const noexcept { return name_ != handle::none; }
        PVOID pointer() const noexcept { return to_pointer(name_); }
        /// The registering call succeeds. Otherwise the entry is taken out again, if somebody has not done so.
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
        bool published() const noexcept { return published_; }
        /// W16: says, inside the replay, whether each interface is to be told of once more.
        std::function<bool()> twice() const {
            if (!in_.options_.answers.replays_interfaces_twice) return {};
            return [weak = std::weak_ptr<const notification_entry>(entry_)] {
                const auto entry = weak.lock();
                return entry != nullptr && entry->replaying_here() && !entry->claimed();
            };
        }
        void publish(registration&& r, bool replays) noexcept {
            entry_->hold(std::move(r));
            entry_->replays(replays);
            published_ = table_.put(name_, std::shared_ptr<notification_entry>(entry_));
        }

    private:
        std::shared_ptr<notification_entry> entry_;
        partition& in_;
        registration_table& table_;
        handle name_;
        bool published_ = false;
        bool kept_ = false;
    };

    /// Takes a registration, and writes the entry's pointer before its first callback can run (W13).
    struct entry_sink {
        entry_maker& made;
        PVOID* out;
        void operator()(registration&& r) const noexcept {
            made.publish(std::move(r), false);
            *out = made.pointer();
        }
    };

    /// Unregisters what the driver still has, but keeps the entries: their handles stay valid to be given back.
    std::vector<std::string> silence(driver& d) {
        std::vector<std::shared_ptr<notification_entry>> left;
        entries_.for_each([&](handle, const std::shared_ptr<notification_entry>& e) {
            if (e->owner() == &d) left.push_back(e);
        });
        std::vector<std::string> descriptions;
        for (const auto& e : left) {
            e->release().unregister();
            descriptions.push_back(e->description());
        }
        return descriptions;
    }

    /// Queues what an interface's transition means to drivers.
    struct poster {
        partition& in;
        void operator()(const std::shared_ptr<const device_interface>& which, bool arrives) const {
            const submission queued = arrives ? post_arrival(in.deliveries_, in.interface_changes_, which)
                                              : post_removal(in.deliveries_, in.interface_changes_, which);
            if (queued == submission::no_memory) assent::detail::out_of_memory();
        }
    };

    /// Takes devices away, those that hang on others first.
    struct leaver {
        partition& in;
        void operator()(const std::vector<device*>& going) const {
            for (auto each = going.rbegin(); each != going.rend(); ++each) in.remove_device(**each);
        }
    };

    /// The device if it is still there.
    device* present(const device* d) {
        const std::lock_guard guard(lock_);
        const auto it = std::find(present_.begin(), present_.end(), d);
        return it == present_.end() ? nullptr : *it;
    }
    static bool same_name(wide_view a, wide_view b) noexcept {
        const auto fold = [](WCHAR c) { return c >= 'a' && c <= 'z' ? static_cast<WCHAR>(c - 32) : c; };
        return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                          [&](WCHAR x, WCHAR y) { return fold(x) == fold(y); });
    }

    void install_processor(ULONG number) {
        const auto installed = processors_.install(number);
        if (!installed) return;
        processor_changes_.announce_arrival(*installed); // nobody listens yet: it becomes part of what exists
        announce(device_of(unit::processor, installed->index), processor_interface);
    }

    device& device_of(unit kind, ULONG index) {
        const std::string path =
            (kind == unit::processor ? "ACPI#ACPI0007#" : "ACPI#PNP0C80#") + std::to_string(index);
        const std::lock_guard guard(lock_);
        for (const auto& d : devices_)
            if (d->path() == path) return *d;
        return append_device(path, true);
    }

    device& append_device(std::string path, bool started) {
        devices_.push_back(std::make_unique<device>(std::move(path), started));
        present_.push_back(devices_.back().get());
        return *devices_.back();
    }

    void announce(device& d, const GUID& of) { static_cast<void>(set_online(d, of, true)); }

    bool set_online(device& d, const GUID& of, bool online) {
        const auto which = add_interface(d, of, {}).first;
        return which != nullptr && set_interface(which->name, online) == interface_table::change::done;
    }

    ASSENT_HIDDEN static inline std::atomic<partition*> current_{nullptr};

    const partition_options options_;
    std::atomic<NTSTATUS*> shared_status_{nullptr}; ///< W52: while an addition is asked about
    processor_table processors_;
    interface_table interfaces_;
    std::atomic<ULONG> memory_modules_{0};
    std::mutex lock_;                              ///< of the three below; never held while driver code runs
    std::vector<std::unique_ptr<device>> devices_; // an object may be referred to after its device is gone
    std::vector<device*> present_;
    std::vector<std::unique_ptr<driver>> drivers_;
    dispatcher<processor_change> processor_changes_;
    dispatcher<interface_change> interface_changes_;
    dispatcher<profile_change> profile_changes_;
    target_devices targets_;
    registration_table entries_;
    // Last: what it still delivers on destruction uses everything above.
    manual_executor manual_;
    ordered_worker worker_;
    any_executor deliveries_ = told() ? any_executor(manual_) : any_executor(worker_);
    system_workers workers_;
};

/// Makes a partition current for its lifetime, and the one before it current again afterwards.
/// Threads  for the whole process: make and destroy it where no driver code is about to ask.
class scoped_partition {
public:
    explicit scoped_partition(partition& p) noexcept
        : before_(partition::current_.exchange(&p, std::memory_order_acq_rel)) {}
    scoped_partition(const scoped_partition&) = delete;
    scoped_partition& operator=(const scoped_partition&) = delete;
    ~scoped_partition() { partition::current_.store(before_, std::memory_order_release); }

private:
    partition* before_;
};

} // namespace assent::windows

#endif
