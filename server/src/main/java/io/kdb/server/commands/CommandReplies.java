package io.kdb.server.commands;

import io.kdb.resp.ReplyWriter;
import io.kdb.server.dispatch.AclCategory;
import io.kdb.server.dispatch.CommandSpec;
import io.kdb.server.dispatch.KeySpec;
import java.util.ArrayList;
import java.util.List;

/** Writes a command's row as COMMAND INFO and COMMAND DOCS show it. Owner: the loop that answers. */
final class CommandReplies {
    private final ReplyWriter reply;

    CommandReplies(ReplyWriter reply) {
        this.reply = reply;
    }

    /** COMMAND INFO's ten elements, subcommands within. */
    void info(CommandSpec command) {
        reply.array(10);
        reply.bulk(command.fullName());
        reply.integer(command.arity());
        statuses(command.flagNames());
        int[] range = keyRange(command);
        for (int position : range) {
            reply.integer(position);
        }
        statuses(command.categories().stream().map(AclCategory::wireName).toList());
        CommandDocs docs = CommandDocs.of(command.fullName());
        bulks(docs == null ? List.of() : docs.tips());
        reply.set(command.keySpecs().size());
        command.keySpecs().forEach(this::keySpec);
        if (command.isContainer()) {
            reply.array(command.subcommands().size());
            command.subcommands().values().forEach(this::info);
        } else {
            reply.set(0);
        }
    }

    /**
     * First key, last key and step as clients older than key specs want them: all zero when the specs do not form one
     * range.
     */
    static int[] keyRange(CommandSpec command) {
        List<KeySpec> ranges = command.keySpecs().stream()
                .filter(spec -> spec.keyword() == null && !spec.isCounted() && !spec.isUnknown())
                .toList();
        if (command.keySpecs().size() == 1 && ranges.size() == 1) {
            KeySpec only = ranges.get(0);
            return new int[] {only.index(), lastKey(only), only.step()};
        }
        int first = 0;
        int last = 0;
        for (KeySpec spec : ranges) {
            if (spec.step() != 1 || last != 0 && last != spec.index() - 1) {
                return new int[3];
            }
            first = first == 0 ? spec.index() : Math.min(first, spec.index());
            last = Integer.compareUnsigned(lastKey(spec), last) > 0 ? lastKey(spec) : last;
        }
        return first == 0 ? new int[3] : new int[] {first, last, 1};
    }

    private static int lastKey(KeySpec spec) {
        return spec.last() >= 0 ? spec.index() + spec.last() : spec.last();
    }

    private void keySpec(KeySpec spec) {
        reply.map(spec.notes() == null ? 3 : 4);
        if (spec.notes() != null) {
            put("notes", spec.notes());
        }
        reply.bulk("flags");
        keyFlags(spec);
        reply.bulk("begin_search");
        reply.map(2);
        if (spec.isUnknown()) {
            put("type", "unknown");
            reply.bulk("spec");
            reply.map(0);
            reply.bulk("find_keys");
            reply.map(2);
            put("type", "unknown");
            reply.bulk("spec");
            reply.map(0);
            return;
        }
        if (spec.keyword() == null) {
            put("type", "index");
            reply.bulk("spec");
            reply.map(1);
            put("index", spec.index());
        } else {
            put("type", "keyword");
            reply.bulk("spec");
            reply.map(2);
            put("keyword", spec.keyword());
            put("startfrom", spec.startFrom());
        }
        reply.bulk("find_keys");
        reply.map(2);
        put("type", spec.isCounted() ? "keynum" : "range");
        reply.bulk("spec");
        reply.map(3);
        if (spec.isCounted()) {
            put("keynumidx", spec.countIndex());
            put("firstkey", spec.firstKey());
            put("keystep", spec.step());
        } else {
            put("lastkey", spec.last());
            put("keystep", spec.step());
            put("limit", spec.limit());
        }
    }

    void keyFlags(KeySpec spec) {
        statuses(spec.flags().stream().map(KeySpec.Flag::wireName).toList());
    }

    /** COMMAND DOCS' name and map of one command. */
    void docs(CommandSpec command) {
        reply.bulk(command.fullName());
        CommandDocs docs = CommandDocs.of(command.fullName());
        if (docs == null) {
            reply.map(0);
            return;
        }
        List<String> texts = new ArrayList<>(List.of("summary", "since", "group", "complexity"));
        texts.removeIf(field -> !field.equals("group") && docs.field(field).isEmpty());
        boolean deprecated = !docs.field("deprecated").isEmpty();
        boolean replaced = !docs.field("replaced").isEmpty();
        List<CommandSpec> subcommands = List.copyOf(command.subcommands().values());
        reply.map(texts.size()
                + (docs.flags().isEmpty() ? 0 : 1)
                + (deprecated ? 1 : 0)
                + (replaced ? 1 : 0)
                + (docs.arguments().isEmpty() ? 0 : 1)
                + (subcommands.isEmpty() ? 0 : 1));
        for (String field : texts) {
            put(field, field.equals("group") ? docs.group() : docs.field(field));
        }
        if (!docs.flags().isEmpty()) {
            reply.bulk("doc_flags");
            statuses(docs.flags());
        }
        if (deprecated) {
            put("deprecated_since", docs.field("deprecated"));
        }
        if (replaced) {
            put("replaced_by", docs.field("replaced"));
        }
        if (!docs.arguments().isEmpty()) {
            reply.bulk("arguments");
            arguments(docs.arguments());
        }
        if (!subcommands.isEmpty()) {
            reply.bulk("subcommands");
            reply.map(subcommands.size());
            subcommands.forEach(this::docs);
        }
    }

    private void arguments(List<CommandDocs.Argument> arguments) {
        reply.array(arguments.size());
        for (CommandDocs.Argument argument : arguments) {
            reply.map(2
                    + (argument.keySpec() >= 0 ? 1 : 0)
                    + (argument.token() == null ? 0 : 1)
                    + (argument.since().isEmpty() ? 0 : 1)
                    + (argument.deprecated().isEmpty() ? 0 : 1)
                    + (argument.flags().isEmpty() ? 0 : 1)
                    + (argument.parts().isEmpty() ? 0 : 1));
            put("name", argument.name());
            put("type", argument.type());
            if (argument.keySpec() >= 0) {
                put("key_spec_index", argument.keySpec());
            }
            if (argument.token() != null) {
                put("token", argument.token());
            }
            if (!argument.since().isEmpty()) {
                put("since", argument.since());
            }
            if (!argument.deprecated().isEmpty()) {
                put("deprecated_since", argument.deprecated());
            }
            if (!argument.flags().isEmpty()) {
                reply.bulk("flags");
                statuses(argument.flags());
            }
            if (!argument.parts().isEmpty()) {
                reply.bulk("arguments");
                arguments(argument.parts());
            }
        }
    }

    private void put(String name, String value) {
        reply.bulk(name);
        reply.bulk(value);
    }

    private void put(String name, long value) {
        reply.bulk(name);
        reply.integer(value);
    }

    private void statuses(List<String> words) {
        reply.set(words.size());
        words.forEach(reply::simple);
    }

    private void bulks(List<String> words) {
        reply.set(words.size());
        words.forEach(reply::bulk);
    }
}
